package testkit

import (
	"bytes"
	"sync"
)

// Log keeps everything that is written to it, for a test to read. It is safe for concurrent use; the zero value is empty.
type Log struct {
	mu sync.Mutex
	b  bytes.Buffer
}

// Write appends p and never fails.
func (l *Log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

// String returns everything that was written so far.
func (l *Log) String() string { return l.From(0) }

// Len is how many bytes were written so far: a mark for [Log.From].
func (l *Log) Len() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Len()
}

// From returns what was written after the first n bytes.
func (l *Log) From(n int) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return string(l.b.Bytes()[n:])
}
