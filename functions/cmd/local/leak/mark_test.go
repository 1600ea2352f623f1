package leak_test

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// mark is something that must not be seen, in every spelling that it could be seen in.
type mark struct {
	name  string
	forms map[string]string
}

// marks look for what must not be seen. Phones are known by their last digits too: any longer part of a number than its
// last four is too much.
type marks struct {
	secrets []mark
	phones  []string // ten digits each
}

// add makes a value a mark.
func (m *marks) add(name, value string) {
	forms := map[string]string{
		"plain": value, "lower case": strings.ToLower(value), "upper case": strings.ToUpper(value),
		"hex": hex.EncodeToString([]byte(value)), "upper-case hex": fmt.Sprintf("%X", value),
		"path": url.PathEscape(value), "query": url.QueryEscape(value), "HTML": html.EscapeString(value),
		"JSON": inner(json.Marshal(value)), "ASCII": strings.Trim(strconv.QuoteToASCII(value), `"`), "quoted": strings.Trim(strconv.Quote(value), `"`),
		"bytes": strings.Trim(fmt.Sprintf("%d", []byte(value)), "[]"),
	}
	// Base64 of a text that holds the value somewhere: its middle depends on where the value begins, modulo three.
	for shift := range 3 {
		for name, e := range map[string]*base64.Encoding{"base64": base64.RawStdEncoding, "base64url": base64.RawURLEncoding} {
			encoded := e.EncodeToString([]byte(strings.Repeat("x", shift) + value))
			forms[name+" "+strconv.Itoa(shift)] = encoded[(shift*8+5)/6 : len(encoded)-len(encoded)%4-1]
		}
	}
	m.secrets = append(m.secrets, mark{name, forms})
}

// phone makes a number of ten digits a mark, with and without its calling code.
func (m *marks) phone(name, national string) {
	m.add(name, national)
	m.add(name+" in groups", national[:5]+" "+national[5:])
	m.add(name+" with dashes", national[:5]+"-"+national[5:])
	m.phones = append(m.phones, national)
}

func inner(b []byte, err error) string {
	if err != nil {
		panic(err)
	}
	return strings.Trim(string(b), `"`)
}

// publishedAs stands before the number that Pub/Sub gives a message, in a log line.
const publishedAs = `"pubsub_id":"`

// digitRuns are numbers that stand alone.
var digitRuns = regexp.MustCompile(`[0-9]{5,}`)

// find names the marks in a text.
func (m *marks) find(text string) []string {
	var found []string
	for _, s := range m.secrets {
		for form, value := range s.forms {
			if strings.Contains(text, value) {
				found = append(found, s.name+" ("+form+")")
				break
			}
		}
	}
	for _, at := range digitRuns.FindAllStringIndex(text, -1) {
		if at[0] > 0 && isWord(text[at[0]-1]) || at[1] < len(text) && isWord(text[at[1]]) {
			continue // a part of a hash or an id
		}
		if strings.HasSuffix(text[:at[0]], publishedAs) {
			continue // Pub/Sub's own count, which passes any digits
		}
		for _, p := range m.phones {
			if run := text[at[0]:at[1]]; strings.HasSuffix(run, p[4:]) || len(run) >= 6 && strings.Contains(p, run) {
				found = append(found, "a part of "+p)
			}
		}
	}
	return found
}

func isWord(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// seen is one thing that other people can see.
type seen struct{ where, text string }

// leaks lists the marks in what was seen.
func (m *marks) leaks(all []seen) []string {
	var found []string
	for _, s := range all {
		for _, what := range m.find(s.text) {
			found = append(found, fmt.Sprintf("%s in %s: %s", what, s.where, clip(s.text)))
		}
	}
	return found
}

func clip(s string) string {
	if len(s) > 500 {
		return s[:500] + "…"
	}
	return s
}

func TestMarksAreFound(t *testing.T) {
	t.Parallel()
	var m marks
	m.phone("shopper", "9000071234")
	m.add("name", `Zäzilie "Q" Mark`)
	m.add("key", "sk/secret+key==0123456789")
	for name, text := range map[string]string{
		"plain":            `to 9000071234 now`,
		"E164":             `"to":"+919000071234"`,
		"digits":           `919000071234`,
		"in_a_url":         `/local/inbox/919000071234/reply`,
		"groups":           `+91 90000 71234`,
		"less_code":        `0071234`,
		"last_six":         `******071234`,
		"base64_0":         base64.StdEncoding.EncodeToString([]byte(`919000071234`)),
		"base64_1":         base64.StdEncoding.EncodeToString([]byte(`{"a":"919000071234"}`)),
		"base64_2":         base64.URLEncoding.EncodeToString([]byte(`{"to":"919000071234","x":1}`)),
		"hex":              hex.EncodeToString([]byte(`customer 9000071234`)),
		"name":             `hello Zäzilie "Q" Mark`,
		"name_in_json":     `{"name":"Zäzilie \"Q\" Mark"}`,
		"name_in_ascii":    `Z\u00e4zilie \"Q\" Mark`,
		"name_in_url":      `?name=Z%C3%A4zilie+%22Q%22+Mark`,
		"name_in_base64":   base64.StdEncoding.EncodeToString([]byte(`dear Zäzilie "Q" Mark!`)),
		"name_in_capitals": `ZÄZILIE "Q" MARK`,
		"key_in_path":      `https://example.test/webhook/sk%2Fsecret+key==0123456789`,
		"key_in_query":     `apikey=sk%2Fsecret%2Bkey%3D%3D0123456789`,
		"key_as_bytes":     fmt.Sprintf("%d", []byte("sk/secret+key==0123456789")),
	} {
		if len(m.find(text)) == 0 {
			t.Errorf("%s: not found in %s", name, text)
		}
	}
	for name, text := range map[string]string{
		"masked": `+91******1234`, "last_four": `1234`, "hash": `a9000070071234bc`, "time": `2024-02-13T10:00:00.1234Z`, "other": `9000091234`,
	} {
		if got := m.find(text); len(got) > 0 {
			t.Errorf("%s: %q is no leak, got %q", name, text, got)
		}
	}
}
