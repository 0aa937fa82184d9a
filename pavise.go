// Package pavise is the vocabulary of a shield for web applications.
//
// A [Control] is one named defence. It can be enforced on live traffic (it is
// an [Enforcer] or a [Tuner]) and verified from [Evidence] (it is a [Checker]),
// and both sides stand in the same file. A [Policy] says which controls are on
// and how; [Policy.Wrap] puts it in front of an [http.Handler].
//
// The package holds what the words mean and the one chain that traffic takes.
// The defences are in controls/, their ordered list in catalog/.
package pavise
