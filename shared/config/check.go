package config

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Check collects the broken rules of one configuration, for a Validate method. The zero value has none. Problems name
// variables and never their values.
type Check struct{ problems []error }

// That notes the problem unless ok. The problem names the variables that it is about.
func (c *Check) That(ok bool, problem string) {
	if !ok {
		c.problems = append(c.problems, errors.New(problem))
	}
}

// Positive requires a duration of more than zero.
func (c *Check) Positive(name string, d time.Duration) {
	c.That(d > 0, name+" must be more than zero")
}

// NotNegative checks that a duration is zero or more.
func (c *Check) NotNegative(name string, d time.Duration) {
	c.That(d >= 0, name+" must not be negative")
}

// AtLeast requires a number that is not below least.
func (c *Check) AtLeast(name string, n, least int) {
	c.That(n >= least, fmt.Sprintf("%s must be at least %d", name, least))
}

// Address requires an http or https address, such as https://webhook.example.com/path; an empty one counts as not set.
func (c *Check) Address(name, address string) {
	u, err := url.Parse(address)
	web := err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != ""
	c.That(address == "" || web, name+" is not an http or https address")
}

// Origins requires that each of a list is a scheme and a host, as browsers send them. Blanks around one, and one that is empty, do not
// count.
func (c *Check) Origins(name string, origins []string) {
	odd := slices.ContainsFunc(origins, func(o string) bool {
		o = strings.TrimSpace(o)
		u, err := url.Parse(o)

		return o != "" && (err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || o != u.Scheme+"://"+u.Host)
	})
	c.That(!odd, name+" must list origins such as https://portal.example.com, without a path")
}

// Less requires that the first duration is shorter than the second.
func (c *Check) Less(name string, d time.Duration, otherName string, other time.Duration) {
	c.That(d < other, name+" must be less than "+otherName)
}

// Err joins the problems; nil if there are none.
func (c *Check) Err() error { return errors.Join(c.problems...) }
