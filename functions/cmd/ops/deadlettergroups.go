package main

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/logging"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
)

// maxGroups is how many groups of a topic are shown. A stranger may make any number of forms.
const maxGroups = 50

// letterGroup are letters that have the same form, attributes and cause, the oldest first.
type letterGroup struct {
	id      string
	letters []letter
}

// groupsOf returns the groups of letters: those first that may hold a shopper's message, and of these the one with the oldest letter.
func groupsOf(all []letter) []letterGroup {
	found := map[string][]letter{}

	for _, l := range all {
		id := l.group()
		found[id] = append(found[id], l)
	}

	var groups []letterGroup
	for id, letters := range found {
		groups = append(groups, letterGroup{id, letters})
	}

	slices.SortFunc(groups, func(a, b letterGroup) int {
		first, second := a.letters[0], b.letters[0]

		return cmp.Or(
			-compareBool(first.mayHoldMessage(), second.mayHoldMessage()),
			first.received().Compare(second.received()),
			strings.Compare(a.id, b.id),
		)
	})

	return groups
}

// compareBool orders false before true.
func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	default:
		return -1
	}
}

// sayGroups prints groups of letters, at most as many as a person reads.
func (o ops) sayGroups(all []letter) {
	groups := groupsOf(all)

	for _, g := range groups[:min(len(groups), maxGroups)] {
		first := g.letters[0]
		age := o.clock.Now().Sub(first.received()).Truncate(time.Second)

		o.say("  %s  %s, the oldest %s old: %s%s", g.id, count(len(g.letters), "letter"), age, first.cause(), warned(first))
		o.say("    %s", first.form())

		if words := first.words(); words != "" {
			o.say("    %s", words)
		}
	}

	if rest := len(groups) - maxGroups; rest > 0 {
		o.say("  and %d more", rest)
	}
}

// warned says of a letter that a shopper's message may lie in it.
func warned(l letter) string {
	if l.mayHoldMessage() {
		return "; may hold a shopper's message"
	}

	return ""
}

// mayHoldMessage reports whether a shopper's message may lie in it, as the log line of the letter says. It is so of any whose kind is not known,
// but that of another topic than that of callbacks.
func (l letter) mayHoldMessage() bool {
	return l.callback && provider.Kind(l.Attributes[provider.AttributeKind]).MayHoldMessage()
}

// sums returns how many letters each group has, in words that an audit can keep.
func sums(all []letter) string {
	var words []string

	groups := groupsOf(all)
	for _, g := range groups[:min(len(groups), maxGroups)] {
		words = append(words, fmt.Sprintf("%d of %s", len(g.letters), g.id))
	}

	if rest := len(groups) - maxGroups; rest > 0 {
		words = append(words, fmt.Sprintf("and %d more groups", rest))
	}

	return strings.Join(words, ", ")
}

// digits are what the names of fields of the same form may differ in, such as an id that is one.
var digits = regexp.MustCompile(`[0-9]+`)

// form returns the names of its fields, with # for digits.
func (l letter) form() string {
	form := logging.Shape(l.Data)
	if strings.HasPrefix(form, "no JSON") {
		return "no JSON" // of whatever length
	}

	return digits.ReplaceAllString(form, "#")
}

// words returns the attributes that say what it is.
func (l letter) words() string {
	var words []string

	for _, name := range []string{"kind", "provider", "app", "account", "resource", "eventSubType"} {
		if value := l.Attributes[name]; value != "" {
			words = append(words, name+" "+logging.Word(value))
		}
	}

	return strings.Join(words, ", ")
}

// group returns the name of the group of letters that have the same form, attributes and cause.
func (l letter) group() string {
	sum := sha256.Sum256([]byte(strings.Join([]string{l.source, l.form(), l.words(), l.cause()}, "\n")))
	return "g" + hex.EncodeToString(sum[:4])
}
