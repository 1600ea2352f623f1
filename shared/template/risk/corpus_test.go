package risk_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/template/risk"
)

// misses prints what the rules get wrong in the half that they are tuned on. Of the other half it prints nothing, so that nobody tunes on it.
var misses = flag.Bool("misses", false, "print what the rules get wrong in the tuning half of the corpus")

const corpus = "../../../testdata/risk"

// sample is a text of the corpus.
type sample struct {
	ID       string `json:"id"`
	Language string `json:"language"`
	Event    string `json:"event"`
	Label    string `json:"label"`
	Why      string `json:"why"`
	// Rule is the public rule that the label follows.
	Rule    string `json:"rule"`
	Header  string `json:"header"`
	Body    string `json:"body"`
	Footer  string `json:"footer"`
	Buttons []struct {
		Text string `json:"text"`
		URL  string `json:"url"`
	} `json:"buttons"`
	// Unsampled: its placeholders have no samples.
	Unsampled bool `json:"unsampled"`
	// Written is when: empty for before there were rules, "later" for when they were there, to find out what they miss, and "last" for after they
	// had been tuned. No rule was ever tuned on those.
	Written string `json:"written"`
}

// heldOut reports whether the sample is of those that no rule was tuned on.
func (s sample) heldOut() bool {
	return s.Written == "last" || s.Written != "again" && sha256.Sum256([]byte(s.ID))[0]%2 == 1
}

// event returns the sample's event.
func (s sample) event(t *testing.T) order.CatalogEntry {
	t.Helper()

	kind, known := order.ParseKind(s.Event)
	entry, listed := order.Lookup(kind)
	if !known || !listed {
		t.Fatalf("%s: there is no event %q", s.ID, s.Event)
	}

	return entry
}

var places = regexp.MustCompile(`\{\{\w+\}\}`)

// text returns what the rules are asked about.
func (s sample) text(t *testing.T) risk.Text {
	t.Helper()

	text := risk.Text{Header: s.Header, Body: s.Body, Footer: s.Footer, News: !s.event(t).Marketing}
	for _, b := range s.Buttons {
		text.Buttons = append(text.Buttons, risk.Button{Label: b.Text, URL: b.URL})
	}
	if s.Unsampled {
		text.Unsampled = places.FindAllString(s.Body, -1)
	}

	return text
}

// read returns the lines of a file.
func read[T any](t *testing.T, name string) []T {
	t.Helper()

	data, err := os.ReadFile(filepath.Join(corpus, name))
	if err != nil {
		t.Fatal(err)
	}

	var all []T
	for line := range bytes.Lines(data) {
		var one T

		d := json.NewDecoder(bytes.NewReader(line))
		d.DisallowUnknownFields()
		if err := d.Decode(&one); err != nil {
			t.Fatalf("%s: %v in %s", name, err, line)
		}

		all = append(all, one)
	}

	return all
}

// samples returns the corpus.
func samples(t *testing.T) []sample {
	t.Helper()

	return slices.Concat(read[sample](t, "english.jsonl"), read[sample](t, "hindi.jsonl"), read[sample](t, "hinglish.jsonl"))
}

// count is how often warnings and labels agree.
type count struct{ right, wrong, missed int }

func (c *count) add(warned, should bool) {
	switch {
	case warned && should:
		c.right++
	case warned:
		c.wrong++
	case should:
		c.missed++
	}
}

// precision is the percentage of warnings that are right, recall that of texts at risk that are warned of. Both are rounded down.
func (c count) precision() int { return 100 * c.right / max(1, c.right+c.wrong) }
func (c count) recall() int    { return 100 * c.right / max(1, c.right+c.missed) }

// share writes a percentage as a share of one.
func share(percent int) string { return fmt.Sprintf("%d.%02d", percent/100, percent%100) }

// warned returns what the rules warn of.
func warned(hits []risk.Hit) map[string]bool {
	of := map[string]bool{}
	for _, h := range hits {
		of[string(h.Rule.Outcome)] = true
	}

	return of
}

// TestCorpus measures the rules by the corpus. A warning is right if it is of the outcome that the text is labelled with.
func TestCorpus(t *testing.T) {
	t.Parallel()

	counts := map[string]*count{}
	of := func(name string) *count {
		if counts[name] == nil {
			counts[name] = &count{}
		}

		return counts[name]
	}

	texts := 0
	for _, s := range samples(t) {
		half := "tuning"
		if s.heldOut() {
			half = "held-out"
			texts++
		}

		hits := risk.Check(s.text(t))
		warns := warned(hits)

		for _, outcome := range []string{"refused", "reclassed"} {
			if *misses && half == "tuning" && warns[outcome] != (s.Label == outcome) {
				t.Logf("%s %s %s, warned %v: %q, %v", s.ID, s.Label, s.Why, warns, s.Body, words(hits))
			}

			groups := []string{half, half + ", " + s.Language, half + ", " + outcome}
			if s.Written != "" {
				groups = append(groups, half+", "+s.Written, half+", "+s.Written+", "+outcome)
			}

			for _, name := range groups {
				of(name).add(warns[outcome], s.Label == outcome)
			}
		}
	}

	for _, name := range slices.Sorted(maps.Keys(counts)) {
		c := *counts[name]
		t.Logf("%s: precision %s, recall %s (%d right, %d wrong, %d missed)", name, share(c.precision()), share(c.recall()), c.right, c.wrong, c.missed)
	}

	for _, half := range []string{"tuning", "held-out"} {
		if c := *of(half); c.precision() < 90 || c.recall() < 70 {
			t.Errorf("%s half: precision %d %%, recall %d %%, want at least 90 and 70", half, c.precision(), c.recall())
		}
	}

	measured := risk.Figures{Texts: texts, Precision: of("held-out").precision(), Recall: of("held-out").recall()}
	if measured != risk.Measured {
		t.Errorf("the corpus gives %+v, and callers are told %+v", measured, risk.Measured)
	}
}

func words(hits []risk.Hit) []string {
	var all []string
	for _, h := range hits {
		all = append(all, h.Rule.Name)
		all = append(all, h.Words...)
	}

	return all
}
