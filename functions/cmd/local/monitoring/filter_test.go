package monitoring_test

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// filter is a condition on a log entry.
type filter func(entry) bool

// entry is a log entry as Cloud Logging has it: objects, strings, numbers and booleans by their names.
type entry map[string]any

// at returns the value of a path, such as jsonPayload.outcome.result; nil if there is none.
func (e entry) at(path string) any {
	var value any = map[string]any(e)
	for name := range strings.SplitSeq(path, ".") {
		object, _ := value.(map[string]any)
		value = object[name]
	}

	return value
}

// severities are Cloud Logging's, from the least.
var severities = []string{"DEFAULT", "DEBUG", "INFO", "NOTICE", "WARNING", "ERROR", "CRITICAL", "ALERT", "EMERGENCY"}

// tokens are parentheses, quoted texts, operators, and what stands between them.
var tokens = regexp.MustCompile(`\s*("(?:[^"\\]|\\.)*"|[()]|>=|<=|=~|!=|[=:<>]|[^\s()"=:<>!~]+)`)

// parseFilter reads the part of Cloud Logging's query language that the module uses: comparisons of one field by =, :, >=, <=, >, < and =~,
// a list of values such as ("a" OR "b"), log_id, AND, OR, NOT and parentheses. OR binds more tightly than AND. Anything else is an error,
// also what the language knows: != holds of an entry without the field, and a word without a field searches all of them.
//
// Cloud Logging compares texts without regard to case, and this with: what matches here matches there.
func parseFilter(text string) (filter, error) {
	p := &reader{}
	for rest := text; strings.TrimSpace(rest) != ""; {
		at := tokens.FindStringSubmatchIndex(rest)
		if at == nil || at[0] != 0 {
			return nil, fmt.Errorf("cannot be read from %q on", rest)
		}

		p.left = append(p.left, rest[at[2]:at[3]])
		rest = rest[at[1]:]
	}

	f, err := p.all()
	if err == nil && len(p.left) > 0 {
		err = fmt.Errorf("%q is out of place", p.left[0])
	}

	return f, err
}

// reader reads a filter. left are the tokens that it has not read.
type reader struct{ left []string }

func (p *reader) next() string {
	if len(p.left) == 0 {
		return ""
	}

	token := p.left[0]
	p.left = p.left[1:]

	return token
}

func (p *reader) take(token string) bool {
	if len(p.left) == 0 || p.left[0] != token {
		return false
	}

	p.left = p.left[1:]

	return true
}

// all reads conditions that are joined by AND.
func (p *reader) all() (filter, error) {
	return p.joined("AND", p.either, func(a, b filter) filter { return func(e entry) bool { return a(e) && b(e) } })
}

// either reads conditions that are joined by OR.
func (p *reader) either() (filter, error) {
	return p.joined("OR", p.one, func(a, b filter) filter { return func(e entry) bool { return a(e) || b(e) } })
}

func (p *reader) joined(word string, read func() (filter, error), join func(a, b filter) filter) (filter, error) {
	f, err := read()
	for err == nil && p.take(word) {
		var more filter

		more, err = read()
		f = join(f, more)
	}

	return f, err
}

func (p *reader) one() (filter, error) {
	switch token := p.next(); {
	case token == "NOT":
		f, err := p.one()
		return func(e entry) bool { return !f(e) }, err
	case token == "(":
		f, err := p.all()
		if err == nil && !p.take(")") {
			err = fmt.Errorf("a parenthesis is not closed before %q", p.next())
		}

		return f, err
	case token == "log_id":
		return p.logID()
	case known.MatchString(token):
		return p.comparison(token)
	default:
		return nil, fmt.Errorf("%q is no field that is known here", token)
	}
}

// known are the fields that a filter may name.
var known = regexp.MustCompile(`^(severity|resource\.type|resource\.labels\.service_name|jsonPayload(\.[a-z_]+)+)$`)

func (p *reader) logID() (filter, error) {
	open, name, closed := p.take("("), p.next(), p.take(")")

	want, err := strconv.Unquote(name)
	if !open || !closed || err != nil {
		return nil, fmt.Errorf(`log_id must be as log_id("name"), and not of %s`, name)
	}

	return func(e entry) bool {
		got, _ := e["logName"].(string)
		return strings.HasSuffix(got, "/logs/"+strings.ReplaceAll(want, "/", "%2F"))
	}, nil
}

func (p *reader) comparison(path string) (filter, error) {
	op := p.next()
	if !slices.Contains([]string{"=", ":", ">=", "<=", ">", "<", "=~"}, op) {
		return nil, fmt.Errorf("%s is compared by %q", path, op)
	}

	values, err := p.values()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}

	compare := comparing(path, op)

	return func(e entry) bool {
		got := e.at(path)
		return got != nil && slices.ContainsFunc(values, func(want string) bool { return compare(got, want) })
	}, nil
}

// values reads one value, or a list of several of which one has to hold.
func (p *reader) values() ([]string, error) {
	if !p.take("(") {
		value, err := p.value()
		return []string{value}, err
	}

	var all []string

	for {
		value, err := p.value()
		if err != nil {
			return nil, err
		}

		all = append(all, value)

		switch token := p.next(); token {
		case ")":
			return all, nil
		case "OR":
		default:
			return nil, fmt.Errorf("values are joined by %q, and not by OR", token)
		}
	}
}

// plainValue is what may stand without quotes.
var plainValue = regexp.MustCompile(`^([A-Z]+|[0-9]+|\*)$`)

func (p *reader) value() (string, error) {
	token := p.next()
	if strings.HasPrefix(token, `"`) {
		return strconv.Unquote(token)
	}
	if !plainValue.MatchString(token) || token == "AND" || token == "OR" || token == "NOT" {
		return "", fmt.Errorf("%q is no value", token)
	}

	return token, nil
}

// comparing returns how a value of an entry is compared with one of a filter.
func comparing(path, op string) func(got any, want string) bool {
	switch {
	case path == "severity" && op != ":" && op != "=~":
		return func(got any, want string) bool {
			text, _ := got.(string)
			a, b := slices.Index(severities, text), slices.Index(severities, want)

			return a >= 0 && b >= 0 && ordered(a-b, op)
		}
	case op == "=":
		return func(got any, want string) bool { return text(got) == want }
	case op == ":":
		return func(got any, want string) bool { return want == "*" || strings.Contains(text(got), want) }
	case op == "=~":
		return func(got any, want string) bool {
			matched, err := regexp.MatchString(want, text(got))
			return matched && err == nil
		}
	default:
		return func(got any, want string) bool {
			number, is := got.(float64)
			than, err := strconv.ParseFloat(want, 64)
			if !is || err != nil {
				return false
			}

			switch {
			case number > than:
				return ordered(1, op)
			case number < than:
				return ordered(-1, op)
			default:
				return ordered(0, op)
			}
		}
	}
}

// ordered reports whether a comparison holds of which the difference has that sign.
func ordered(sign int, op string) bool {
	return sign == 0 && (op == "=" || op == ">=" || op == "<=") || sign > 0 && (op == ">" || op == ">=") || sign < 0 && (op == "<" || op == "<=")
}

func text(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case bool:
		return strconv.FormatBool(v)
	default:
		return ""
	}
}
