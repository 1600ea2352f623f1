// Package rig is what end-to-end tests stand on: the product in the test's own process, on a clock that stands still, with
// faults at any call. It is imported by tests only, those beside shared packages among them. A test makes a Rig, delivers
// events and callbacks to Workers, lets it Settle, and checks messages, consents and what the provider accepted. StrikeSend and
// StrikeEveryCall run a send or a callback once for every call it makes and every way in which that call can fail.
//
// Package live has rigs on the machine's clock, package process functions in processes of their own.
package rig
