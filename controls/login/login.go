// Package login holds the controls that keep others from guessing: how often a
// login may fail, and how often a client may ask at all.
package login
