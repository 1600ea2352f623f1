package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/logging"
	"github.com/eshopbox/whatsapp-notifications/shared/queue"
)

var errLetter = errors.New("name a topic and a dead letter of it, such as provider-events/12345678901234567")

// clearFlag declares -clear.
func clearFlag(f *flag.FlagSet, c *command) {
	f.BoolVar(&c.unmasked, "clear", false, "show what shoppers wrote, which is noted")
}

// deadLetter shows one dead letter. Without -clear values are replaced by what they are.
func (o ops) deadLetter(ctx context.Context, subject string, dry bool) error {
	name, id, _ := strings.Cut(subject, "/")
	if id == "" || name == allTopics {
		return errLetter
	}

	topics, err := o.deadTopicsOf(name)
	if err != nil {
		return err
	}

	return o.withLetters(ctx, topics[0], func(_ *queue.Held, all []letter) error {
		found := slices.IndexFunc(all, func(l letter) bool { return l.ID == id })
		if found < 0 {
			return errNoLetter
		}

		return o.showLetter(ctx, all[found], dry)
	})
}

// showLetter prints a dead letter.
func (o ops) showLetter(ctx context.Context, l letter, dry bool) error {
	o.say("dead letter %s/%s of group %s, received %s: %s", l.source, l.ID, l.group(), utc(l.received()), l.cause())

	for _, key := range slices.Sorted(maps.Keys(l.Attributes)) {
		o.say("  %s: %s", logging.Word(key), logging.Word(l.Attributes[key]))
	}

	if !o.unmasked || dry {
		o.say("%s", masked(l.Data))
		return nil
	}

	if err := o.begin(ctx, l.source+"/"+l.ID); err != nil {
		return err
	}

	o.say("%s", l.Data)
	o.note.Result = "shown as it is"

	return nil
}

// masked returns a document with its values replaced by what they are.
func masked(data []byte) string {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()

	var doc any
	if !json.Valid(data) || decoder.Decode(&doc) != nil {
		return fmt.Sprintf("no JSON, %s", count(len(data), "byte"))
	}

	text, err := json.MarshalIndent(maskedValue(doc), "", "  ")
	if err != nil {
		return "no JSON" // it was some a moment ago
	}

	return string(text)
}

// fieldName is what the name of a field may look like that a provider gives it; another one may be somebody's words.
var fieldName = regexp.MustCompile(`^[a-z_][A-Za-z0-9_]{0,39}$`)

func maskedValue(v any) any {
	switch v := v.(type) {
	case map[string]any:
		object := map[string]any{}

		for i, key := range slices.Sorted(maps.Keys(v)) {
			name := key
			if !fieldName.MatchString(key) || logging.Word(key) != key {
				name = fmt.Sprintf("%s %d", logging.Unreadable, i+1)
			}

			object[name] = maskedValue(v[key])
		}

		return object
	case []any:
		list := make([]any, len(v))
		for i, value := range v {
			list[i] = maskedValue(value)
		}

		return list
	case string:
		return maskedText(v)
	case json.Number:
		return "number"
	default:
		return v
	}
}

// maskedText says what a text is.
func maskedText(text string) string {
	switch {
	case text == "":
		return ""
	case strings.Trim(text, "0123456789") == "":
		return count(len(text), "digit")
	default:
		return count(len([]rune(text)), "character")
	}
}
