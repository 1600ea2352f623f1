package cloud

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc/codes"
)

// Mode is what a rule does to a call.
type Mode string

// The modes.
const (
	// FailBefore answers the code and does nothing.
	FailBefore Mode = "fail_before"
	// FailAfter does the call and answers the code: applied, but the answer is lost.
	FailAfter Mode = "fail_after"
	// Delay waits on the cloud's clock, then does the call.
	Delay Mode = "delay"
	// Cut does the call and closes the connection instead of answering, which also ends the other calls on it.
	Cut Mode = "cut"
)

// Rule says which calls fail and how. Its JSON has the code by name ("UNAVAILABLE") and the delay as "250ms".
type Rule struct {
	// ID names the rule for [Rules.Remove]; Add makes one if it is empty.
	ID string
	// Method is the method's name or the end of its full name: "Commit", "Firestore/Commit". Empty is every method.
	Method string
	// Match must be part of one of the call's names (documents, collections queried, topic, subscription, secret).
	// Empty is every call.
	Match string
	// Skip lets so many matching calls pass first.
	Skip int
	// Times is how many calls are hit after that; 0 is every one.
	Times int
	// Mode is what happens to them.
	Mode Mode
	// Code is answered by FailBefore and FailAfter; zero is Unavailable.
	Code codes.Code
	// Delay is how long Delay waits.
	Delay time.Duration
}

// ruleJSON is the spelling of a Rule.
type ruleJSON struct {
	ID     string `json:"id,omitempty"`
	Method string `json:"method,omitempty"`
	Match  string `json:"match,omitempty"`
	Skip   int    `json:"skip,omitempty"`
	Times  int    `json:"times,omitempty"`
	Mode   Mode   `json:"mode"`
	Code   string `json:"code,omitempty"`
	Delay  string `json:"delay,omitempty"`
}

// MarshalJSON is part of [json.Marshaler].
func (r Rule) MarshalJSON() ([]byte, error) { return json.Marshal(r.spell()) }

func (r Rule) spell() ruleJSON {
	j := ruleJSON{
		ID:     r.ID,
		Method: r.Method,
		Match:  r.Match,
		Skip:   r.Skip,
		Times:  r.Times,
		Mode:   r.Mode,
	}
	if r.Code != codes.OK {
		j.Code = codeName(r.Code)
	}
	if r.Delay != 0 {
		j.Delay = r.Delay.String()
	}

	return j
}

// UnmarshalJSON is part of [json.Unmarshaler]. A key that no rule has is an error.
func (r *Rule) UnmarshalJSON(b []byte) error {
	var j ruleJSON
	decoder := json.NewDecoder(bytes.NewReader(b))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&j); err != nil {
		return err
	}

	out := Rule{
		ID:     j.ID,
		Method: j.Method,
		Match:  j.Match,
		Skip:   j.Skip,
		Times:  j.Times,
		Mode:   j.Mode,
	}
	if j.Code != "" {
		if err := out.Code.UnmarshalJSON([]byte(strconv.Quote(j.Code))); err != nil {
			return fmt.Errorf("%w: code is none of gRPC's, such as UNAVAILABLE", ErrRule)
		}
	}

	if j.Delay != "" {
		d, err := time.ParseDuration(j.Delay)
		if err != nil {
			return fmt.Errorf("%w: delay is no duration such as 250ms", ErrRule)
		}

		out.Delay = d
	}

	*r = out

	return nil
}

// codeName is a code in the spelling of the specification, such as DEADLINE_EXCEEDED.
func codeName(c codes.Code) string {
	if c == codes.Canceled {
		return "CANCELLED"
	}

	var b strings.Builder
	for i, r := range c.String() {
		if i > 0 && r >= 'A' && r <= 'Z' {
			b.WriteByte('_')
		}

		b.WriteRune(r)
	}

	return strings.ToUpper(b.String())
}

// ErrRule means that a rule makes no sense. The errors that wrap it name what is wrong.
var ErrRule = errors.New("invalid rule")

// Check returns an error that wraps [ErrRule] and says what is wrong with the rule: what is none, or a detail that its mode does not
// use.
func (r Rule) Check() error {
	if err := r.check(); err != nil {
		return err
	}
	if r.Code != codes.OK && r.Mode != FailBefore && r.Mode != FailAfter {
		return fmt.Errorf("%w: code does nothing with mode %s, only with fail_before and fail_after", ErrRule, r.Mode)
	}
	if r.Delay != 0 && r.Mode != Delay {
		return fmt.Errorf("%w: delay does nothing with mode %s, only with delay", ErrRule, r.Mode)
	}

	return nil
}

func (r Rule) check() error {
	switch r.Mode {
	case FailBefore, FailAfter, Cut:
	case Delay:
		if r.Delay <= 0 {
			return fmt.Errorf("%w: delay is not above 0, which mode delay needs", ErrRule)
		}
	case "":
		return fmt.Errorf("%w: mode is missing; it is one of fail_before, fail_after, delay, cut", ErrRule)
	default:
		return fmt.Errorf("%w: mode is none of fail_before, fail_after, delay, cut", ErrRule)
	}

	if r.Skip < 0 || r.Times < 0 || r.Delay < 0 {
		return fmt.Errorf("%w: skip, times or delay is less than 0", ErrRule)
	}
	if r.Code > codes.Unauthenticated {
		return fmt.Errorf("%w: code is none of gRPC's", ErrRule)
	}

	return nil
}

// ActiveRule is a rule with what it has met so far.
type ActiveRule struct {
	Rule

	// Seen counts the calls that matched, Hits those that the rule was applied to.
	Seen, Hits int
}

// Left is how many calls are still hit, 0 if all are; in force is false of a rule that is used up.
func (a ActiveRule) Left() (n int, inForce bool) {
	return max(a.Times-a.Hits, 0), a.Times == 0 || a.Hits < a.Times
}

// MarshalJSON adds seen and hits to the rule's JSON.
func (a ActiveRule) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		ruleJSON

		Seen int `json:"seen"`
		Hits int `json:"hits"`
	}{a.spell(), a.Seen, a.Hits})
}

// UnmarshalJSON reads what MarshalJSON wrote. A key that no rule has is an error.
func (a *ActiveRule) UnmarshalJSON(b []byte) error {
	var all map[string]json.RawMessage
	if err := json.Unmarshal(b, &all); err != nil {
		return err
	}

	var out ActiveRule
	for name, count := range map[string]*int{"seen": &out.Seen, "hits": &out.Hits} {
		if raw, given := all[name]; given {
			err := json.Unmarshal(raw, count)
			if typed, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
				typed.Field = name
			}

			if err != nil {
				return err
			}
		}

		delete(all, name)
	}

	rule, err := json.Marshal(all)
	if err != nil {
		return err
	}
	if err = json.Unmarshal(rule, &out.Rule); err != nil {
		return err
	}

	*a = out

	return nil
}

// Rules is the list of rules, safe for concurrent use.
type Rules struct {
	any   atomic.Bool
	mu    sync.Mutex
	rules []*ActiveRule
	next  int
}

func newRules() *Rules { return &Rules{} }

// Add appends a rule and returns its id. A rule with the id of an existing one replaces it, with new counts.
func (l *Rules) Add(r Rule) (id string, err error) {
	if err = r.check(); err != nil {
		return "", err
	}

	l.mu.Lock()
	defer l.mu.Unlock()

	if r.ID == "" {
		l.next++
		r.ID = "rule-" + strconv.Itoa(l.next)
	}

	l.rules = slices.DeleteFunc(l.rules, func(a *ActiveRule) bool { return a.ID == r.ID })
	l.rules = append(l.rules, &ActiveRule{Rule: r})
	l.any.Store(true)

	return r.ID, nil
}

// Set replaces all rules by those given, with what they have met so far, or changes nothing and returns an error.
func (l *Rules) Set(rules []ActiveRule) error {
	for _, r := range rules {
		if err := r.check(); err != nil {
			return err
		}
		if r.Seen < 0 || r.Hits < 0 {
			return fmt.Errorf("%w: seen or hits is less than 0", ErrRule)
		}
	}

	l.Clear()

	for _, r := range rules {
		id, err := l.Add(r.Rule)
		if err != nil {
			return err
		}

		l.count(id, r.Seen, r.Hits)
	}

	return nil
}

// count sets what a rule has met so far.
func (l *Rules) count(id string, seen, hits int) {
	l.mu.Lock()
	defer l.mu.Unlock()

	for _, r := range l.rules {
		if r.ID == id {
			r.Seen, r.Hits = seen, hits
		}
	}
}

// Remove ends the rule with that id and reports whether there was one.
func (l *Rules) Remove(id string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()

	n := len(l.rules)
	l.rules = slices.DeleteFunc(l.rules, func(a *ActiveRule) bool { return a.ID == id })
	l.any.Store(len(l.rules) > 0)

	return len(l.rules) < n
}

// Clear ends all rules.
func (l *Rules) Clear() {
	l.mu.Lock()
	defer l.mu.Unlock()

	l.rules = nil
	l.any.Store(false)
}

// List returns the rules in the order of adding, those that are used up too.
func (l *Rules) List() []ActiveRule {
	l.mu.Lock()
	defer l.mu.Unlock()

	out := make([]ActiveRule, len(l.rules))
	for i, a := range l.rules {
		out[i] = *a
	}

	return out
}

// decide counts a call in every rule that matches it and returns the first that hits it.
func (l *Rules) decide(method string, names []string) (Rule, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()

	var hit *ActiveRule
	for _, a := range l.rules {
		if !a.matches(method, names) {
			continue
		}
		a.Seen++
		if hit == nil && a.Seen > a.Skip && (a.Times == 0 || a.Hits < a.Times) {
			a.Hits++
			hit = a
		}
	}

	if hit == nil {
		return Rule{}, false
	}

	return hit.Rule, true
}

// matches compares a rule with a call; method is without the leading slash.
func (r Rule) matches(method string, names []string) bool {
	if !r.about(method) {
		return false
	}
	return r.Match == "" || slices.ContainsFunc(names, func(n string) bool { return strings.Contains(n, r.Match) })
}

// about reports whether a rule is about a method; method is without the leading slash.
func (r Rule) about(method string) bool {
	return r.Method == "" || r.Method == method || strings.HasSuffix(method, "/"+r.Method) || strings.HasSuffix(method, "."+r.Method)
}
