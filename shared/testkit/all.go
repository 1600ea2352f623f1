package testkit

import (
	"os"
	"slices"
	"strings"
)

// All reports whether this process runs all tests of its package. What all of them together have to show cannot be told of a choice of them.
func All() bool { return !slices.ContainsFunc(os.Args, chooses) }

// chooses reports whether an argument of the test binary chooses among its tests.
func chooses(arg string) bool {
	return arg == "-test.short=true" || slices.ContainsFunc([]string{"-test.run", "-test.list", "-test.skip"}, func(flag string) bool {
		return arg == flag || strings.HasPrefix(arg, flag+"=") // its value may be an argument of its own
	})
}
