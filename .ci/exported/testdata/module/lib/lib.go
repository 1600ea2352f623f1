// Package lib has a name for each rule.
package lib

import (
	"errors"
	"fmt"
)

// ErrGone is returned and so a promise.
var ErrGone = errors.New("gone")

// ErrNever is not returned.
var ErrNever = errors.New("never")

// Used is called by another package; Part is what it returns, Field what that consists of.
func Used() (Part, error) { return Part{}, ErrGone }

// Part is not named by another package.
type Part struct{ F Field }

// Field is not named by another package.
type Field int

// Own is used here only.
func Own() {}

// Tested is used by its own tests and by nothing else.
func Tested() { Own() }

// Format satisfies an interface of the standard library.
func (Part) Format(fmt.State, rune) {}

// Extra satisfies none.
func (Part) Extra() {}

// Kind is an enumeration.
type Kind string

// The kinds.
const (
	One   Kind = "one"
	Two   Kind = "two"
	Three Kind = "three"
)

// The untyped words.
const (
	Left  = "left"
	Right = "right"
	Up    = "up"
)

func inside(k Kind) bool { return k == Two || string(k) == Right || inside(k) }

// OfTests is used by the tests of another package and by nothing else.
func OfTests() { Own() }
