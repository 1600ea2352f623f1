package testkit

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/shared/config"
)

// recorder is an environment that remembers which variables it was asked for.
type recorder struct {
	vars map[string]string
	read map[string]bool
}

// Lookup finds a variable.
func (r *recorder) Lookup(name string) (string, bool) {
	r.read[name] = true
	v, ok := r.vars[name]
	return v, ok
}

// Variables returns the names of the variables that a configuration reads, and of those that it requires, both sorted. The
// configuration is a pointer to the zero value of its type.
func Variables(tb testing.TB, cfg any) (read, required []string) {
	tb.Helper()

	r := &recorder{read: map[string]bool{}}
	if err := config.Load(tb.Context(), r, cfg); err != nil {
		for line := range strings.SplitSeq(err.Error(), "\n") {
			name, ok := strings.CutSuffix(line, " is required")
			if !ok {
				tb.Errorf("the defaults are refused: %s", line)
			}

			required = append(required, name)
		}
	}

	slices.Sort(required)

	return slices.Sorted(maps.Keys(r.read)), required
}

// Problems returns what is wrong with a configuration that is read from the variables, line by line. The configuration is
// a pointer to the zero value of its type.
func Problems(tb testing.TB, cfg any, vars map[string]string) []string {
	tb.Helper()
	err := config.Load(tb.Context(), config.Map(vars), cfg)
	if err == nil {
		return nil
	}

	return strings.Split(err.Error(), "\n")
}
