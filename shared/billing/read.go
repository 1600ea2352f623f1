package billing

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
)

// Read reads a card from the one JSON object that it is, and checks it by itself. It returns Invalid errors, joined, that name the
// fields at fault: a key that a card does not have, one that comes twice, a value of another type, and what is wrong with the prices. A
// card begins with a quarter, unless it is forced.
func Read(text []byte, forced bool) (Card, error) {
	var k checks

	if !json.Valid(text) {
		k.that(false, "card", "must be one JSON object")
		return Card{}, k.err()
	}

	c := k.card(text)
	if len(k.problems) == 0 {
		c.check(&k, forced)
	}

	if err := k.err(); err != nil {
		return Card{}, err
	}

	return c, nil
}

func (k *checks) card(text json.RawMessage) Card {
	o := k.object("", text, "version", "currency", "from", "until", "regions", "rates", "comment")
	c := Card{
		Version:  read[string](k, "version", o["version"], true),
		Currency: read[string](k, "currency", o["currency"], true),
		From:     read[Day](k, "from", o["from"], true),
		Until:    read[Day](k, "until", o["until"], false),
		Comment:  read[string](k, "comment", o["comment"], false),
	}

	if regions := o["regions"]; regions != nil {
		c.Regions = k.regions(regions)
	}

	for i, rate := range read[[]json.RawMessage](k, "rates", o["rates"], true) {
		c.Rates = append(c.Rates, k.rate(fmt.Sprintf("rates[%d]", i), rate))
	}

	return c
}

// regions reads an object whose keys are the names of regions.
func (k *checks) regions(text json.RawMessage) map[string][]string {
	var regions map[string][]string
	for name, countries := range k.object("regions", text) {
		if regions == nil {
			regions = map[string][]string{}
		}

		regions[name] = read[[]string](k, within("regions", name), countries, true)
	}

	return regions
}

func (k *checks) rate(at string, text json.RawMessage) Rate {
	o := k.object(at, text, "market", "category", "micros", "tiers", "comment")
	r := Rate{
		Market:   read[string](k, at+".market", o["market"], true),
		Category: read[Category](k, at+".category", o["category"], true),
		Micros:   read[int64](k, at+".micros", o["micros"], true),
		Comment:  read[string](k, at+".comment", o["comment"], false),
	}

	for i, tier := range read[[]json.RawMessage](k, at+".tiers", o["tiers"], false) {
		place := fmt.Sprintf("%s.tiers[%d]", at, i)
		t := k.object(place, tier, "from", "to", "micros")
		r.Tiers = append(r.Tiers, Tier{
			From:   read[int64](k, place+".from", t["from"], true),
			To:     read[int64](k, place+".to", t["to"], false),
			Micros: read[int64](k, place+".micros", t["micros"], true),
		})
	}

	return r
}

// object returns the values of an object by their keys, without those that are null. Without keys it may have any. Names count as they
// are written, in this case alone.
func (k *checks) object(at string, text json.RawMessage, keys ...string) map[string]json.RawMessage {
	values, err := members(text)
	if err != nil {
		k.that(false, within(at, ""), "must be an object, in braces")
		return nil
	}

	o := map[string]json.RawMessage{}

	for _, m := range values {
		_, twice := o[m.key]
		k.that(!twice, within(at, m.key), "comes twice")
		k.that(len(keys) == 0 || slices.Contains(keys, m.key), within(at, m.key), "is a key that it does not have")

		o[m.key] = m.value
	}

	for key, value := range o {
		if string(value) == "null" {
			delete(o, key)
		}
	}

	return o
}

type member struct {
	key   string
	value json.RawMessage
}

var errNoObject = errors.New("no object")

// members returns the members of an object, of sound JSON, as they stand there.
func members(text json.RawMessage) ([]member, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, errNoObject
	}

	var all []member

	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, err
		}

		name, _ := key.(string)

		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil, err
		}

		all = append(all, member{name, value})
	}

	return all, nil
}

// word is a name that a field may be called by in an error. Of another one its object is named.
var word = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9 _&-]{0,39}$`)

// within names a field of an object.
func within(at, key string) string {
	switch {
	case !word.MatchString(key) && at == "":
		return "card"
	case !word.MatchString(key):
		return at
	case at == "":
		return key
	default:
		return at + "." + key
	}
}

// read returns a value of a type, and notes if it is of another one, or missing where it must be there.
func read[T any](k *checks, at string, text json.RawMessage, needed bool) T {
	var value T

	if text == nil {
		k.that(!needed, at, "is missing")
		return value
	}

	if err := json.Unmarshal(text, &value); err != nil {
		k.that(false, at, "must be "+kinds(value))
	}

	return value
}

// kinds says in words what type a value must be of.
func kinds(value any) string {
	switch value.(type) {
	case int64:
		return "a whole number, without quotation marks"
	case []json.RawMessage:
		return "a list, in square brackets"
	case []string:
		return "a list of texts"
	default:
		return "a text, in quotation marks"
	}
}
