// Package mend turns findings of an audit into changes: it says what can be done about
// each, makes the changes in a copy, has them proven there, and brings them into place, all
// of them or none. What an owner has decided it keeps for the next time.
package mend
