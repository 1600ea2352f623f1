// Package leak holds the tests that run every flow with marked phones, keys, names and texts, and look for the marks in
// everything that other people can see: log lines, errors, answers to strangers, names of documents, attributes of messages.
package leak
