package main

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/catalog"
	"github.com/eshopbox/whatsapp-notifications/shared/queue"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
)

// described are account files: the sample, and changes of it that may be taken or not.
func described(tb testing.TB) []string {
	tb.Helper()
	text, err := os.ReadFile(sample)
	if err != nil {
		tb.Fatal(err)
	}

	all := []string{string(text)}
	for _, change := range [][2]string{
		{`"816"`, `"00000000000000000816"`},
		{`"816"`, `816`},
		{`Clove House`, `\ud800 \u0000`},
		{`Clove House`, `\ud800`},
		{`"explicit"`, `"explicit", "markupBasisPoints": 250`},
		{`"explicit"`, `"explicit", "markupBasisPoints": 1e2`},
		{`"explicit"`, `"explicit", "portalLink": "https://clove.example.com"`},
		{`"explicit"`, `"brand_declared", "declaration": {"by": "Asha", "text": "our checkout asks", "at": "2026-11-01T10:00:00+05:30"}`},
		{`"explicit"`, `"brand_declared", "declaration": {"by": "Asha", "text": "our checkout asks"}`},
		{`"explicit"`, `null, "declaration": {}`},
		{`"explicit"`, `"explicit", "apps": {}`},
	} {
		all = append(all, strings.ReplaceAll(string(text), change[0], change[1]))
	}

	return all
}

// accepted returns the account that a file describes, as it is put; false if it is refused.
func accepted(text string, providers *catalog.Catalog) (id string, in settings.AccountInput, ok bool) {
	var c checks
	d, err := readDescription([]byte(text), &c)
	if err != nil {
		return "", settings.AccountInput{}, false
	}
	in = d.input(account.Account{})
	c.add(ops{providers: providers, clock: clock.NewManual(now), topics: queue.NewClient("none")}.workspace().CheckAccount(operator, d.ID, in))

	return d.ID, in, len(c.problems) == 0
}

// TestAcceptedIsPut puts whatever is accepted, each as a first account, and reads it back.
func TestAcceptedIsPut(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	taken := 0
	for i, text := range described(t) {
		_, in, ok := accepted(text, r.providers)
		if !ok {
			continue
		}
		taken++
		id := fmt.Sprint(9000 + i)
		in.Slug += id // no two accounts have one
		put, _, err := r.workspace().PutAccount(t.Context(), operator, id, in, settings.Seen{})
		if err != nil {
			t.Errorf("an accepted account cannot be put: %v", err)
			continue
		}
		got, err := r.store.Account(t.Context(), id)
		if diff := cmp.Diff(put, got, cmpopts.EquateEmpty()); err != nil || diff != "" {
			t.Errorf("account: %v (-put +read):\n%s", err, diff)
		}
	}
	if taken < 5 {
		t.Errorf("got %d accepted, want enough for the test to mean anything", taken)
	}
}

// TestNothingIsASettingToo has a file take an account's link and mark-up away, which stay as they are where it does not have them.
func TestNothingIsASettingToo(t *testing.T) {
	t.Parallel()
	limits := account.Limits{MonthlyMicros: 7}
	known := account.Account{PortalLink: "https://clove.example.com", MarkupBasisPoints: 500, Limits: limits}
	for text, want := range map[string]settings.AccountInput{
		`{"id":"816"}`: {PortalLink: known.PortalLink, MarkupBasisPoints: 500, Limits: limits},
		`{"id":"816","portalLink":null,"markupBasisPoints":null}`:                       {PortalLink: known.PortalLink, MarkupBasisPoints: 500, Limits: limits},
		`{"id":"816","portalLink":"","markupBasisPoints":0}`:                            {Limits: limits},
		`{"id":"816","markupBasisPoints":0}`:                                            {PortalLink: known.PortalLink, Limits: limits},
		`{"id":"816","portalLink":""}`:                                                  {MarkupBasisPoints: 500, Limits: limits},
		`{"id":"816","dailyLimitMicros":5000000000,"monthlyLimitMicros":0}`:             {PortalLink: known.PortalLink, MarkupBasisPoints: 500, Limits: account.Limits{DailyMicros: 5_000_000_000}},
		`{"id":"816","portalLink":"https://other.example.com","markupBasisPoints":250}`: {PortalLink: "https://other.example.com", MarkupBasisPoints: 250, Limits: limits},
	} {
		var c checks
		d, err := readDescription([]byte(text), &c)
		if err != nil || len(c.problems) > 0 {
			t.Fatalf("%s: %v, %v", text, err, c.problems)
		}
		if got := d.input(known); got.PortalLink != want.PortalLink || got.MarkupBasisPoints != want.MarkupBasisPoints || got.Limits != want.Limits {
			t.Errorf("%s: got limits %+v, link %q and mark-up %d, want %q and %d", text, got.Limits, got.PortalLink, got.MarkupBasisPoints, want.PortalLink, want.MarkupBasisPoints)
		}
	}
}

// FuzzDescription reads an operator's account file. What is accepted has only texts that Firestore takes, and is accepted again as the
// same.
func FuzzDescription(f *testing.F) {
	for _, text := range described(f) {
		f.Add(text)
	}

	providers := catalog.New(catalog.Config{})
	f.Fuzz(func(t *testing.T, text string) {
		id, in, ok := accepted(text, providers)
		if !ok {
			return
		}
		texts := []string{id, in.Name, in.Slug, in.TimeZone, in.PortalLink}
		if in.Declaration != nil {
			texts = append(texts, in.Declaration.By, in.Declaration.Text)
		}
		for _, text := range texts {
			if !utf8.ValidString(text) {
				t.Errorf("accepted the text %q", text)
			}
		}
		if sameID, again, ok := accepted(text, providers); !ok || sameID != id || !cmp.Equal(in, again) {
			t.Errorf("read again it is another account: %t", ok)
		}
	})
}
