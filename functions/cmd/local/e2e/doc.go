// Package e2e tests the product as a whole: the real functions against the local cloud and the simulated providers, with
// faults at every call, races, deaths of processes, garbage, and a look for leaks.
package e2e
