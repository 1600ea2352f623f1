// Package other uses package lib.
package other

import "example.test/m/lib"

// call is a use.
func call() (string, lib.Kind, error) {
	part, err := lib.Used()
	_ = part
	return lib.Left, lib.One, err
}

var _ = call
