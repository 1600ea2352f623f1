package console

import (
	"io/fs"
	"regexp"
	"strings"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/shared/fault"
)

// TestFieldsHaveWords holds that every field of a form has a name for people.
func TestFieldsHaveWords(t *testing.T) {
	t.Parallel()
	control := regexp.MustCompile(`<(?:input|select|textarea)\b[^>]*\bname="([^"{]+)"`)
	found := 0
	for _, dir := range []string{"web/pages/*.html", "web/parts/*.html"} {
		names, err := fs.Glob(web, dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			text, err := web.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range control.FindAllStringSubmatch(string(text), -1) {
				if found++; fieldWords[c[1]] == "" && !strings.Contains(c[0], `type="hidden"`) {
					t.Errorf("%s: fieldWords has no words for %s", name, c[1])
				}
			}
		}
	}
	if found < 80 {
		t.Errorf("looked at %d fields", found)
	}
}

// TestSentences holds that no message has a field's name, a colon after it, or a word of an API.
func TestSentences(t *testing.T) {
	t.Parallel()
	for want, err := range map[string]error{
		"What you look for must be an order.":                   fault.Field("q", "must be an order"),
		"The reason must say why.":                              fault.Field("reason", "must say why"),
		"What was sent must be one of these.":                   fault.Field("odd.field[3]", "must be one of these"),
		"Say that you have looked.":                             fault.Field("sure", "say that you have looked"),
		"What was sent is not a callback.":                      fault.Field("message.data", "is not a callback"),
		"The number is being connected; try again in a minute.": fault.New(fault.Conflict, "op", "the number is being connected; try again after Retry-After"),
		"Nothing more.":                                         fault.New(fault.Conflict, "op", "Nothing more."),
	} {
		if got := problemOf(err); got.Message != want {
			t.Errorf("got %q, want %q", got.Message, want)
		}
	}
	if got := forPeople("stays unreadable: message.data: is not a callback of the provider"); got != "stays unreadable: what it holds is not a callback of the provider" {
		t.Errorf("got %q", got)
	}
}
