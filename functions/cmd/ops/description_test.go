package main

import (
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/catalog"
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
		{`"wabaId"`, `"": "1", "wabaId"`},
		{`"wabaId"`, `"a.b/c": "1", "wabaId"`},
		{`"wabaId"`, `"__id__": "1", "wabaId"`},
		{`"wabaId"`, `"more": "1", "wabaId"`},
		{`meta-clove"`, `__meta__"`},
		{`"customer_order_id"]`, `"\u0000"]`},
		{`"6h"`, `"-6h"`},
		{`"6h"`, `"2562047h47m16.854775807s"`},
		{`"6h"`, `6`},
		{`60`, `1e308`},
		{`"816"`, `"00000000000000000816"`},
		{`Clove House on Meta`, `\ud800 \u0000`},
		{`"sender"`, `"sender": "", "sender"`},
		{`]`, `], "Media": {"Link": {"Text": "https://shop.example.com/a.png"}}`},
		{`"events"`, `"events": null, "more"`},
	} {
		all = append(all, strings.ReplaceAll(string(text), change[0], change[1]))
	}

	return all
}

// accepted returns the account that a file describes; false if it is refused.
func accepted(text string, providers *catalog.Catalog) (account.Account, bool) {
	var c checks
	d, err := readDescription([]byte(text), &c)
	if err != nil {
		return account.Account{}, false
	}
	d.check(&c, providers)
	c.add(ops{providers: providers, clock: clock.NewManual(now)}.workspace().CheckAccount(operator, d.ID, d.input(account.Account{})))
	if len(c.problems) > 0 {
		return account.Account{}, false
	}

	a := account.Account{ID: d.ID, Slug: strings.ToLower(d.Slug), Name: d.Name, ConsentMode: d.ConsentMode}
	d.apply(&a)

	return a, true
}

// TestAcceptedIsStored writes whatever is accepted, and reads it back as it was described.
func TestAcceptedIsStored(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	taken := 0
	for _, text := range described(t) {
		want, ok := accepted(text, r.providers)
		if !ok {
			continue
		}
		taken++
		if err := r.store.PutAccount(t.Context(), want); err != nil {
			t.Errorf("an accepted account cannot be written: %v", err)
			continue
		}
		got, err := r.store.Account(t.Context(), want.ID)
		if err != nil {
			t.Errorf("what was written cannot be read: %v", err)
		}
		for id, app := range want.Apps {
			app.ID = "" // as stored
			want.Apps[id] = app
		}
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("account (-described +read):\n%s", diff)
		}
	}
	if taken < 5 {
		t.Errorf("got %d accepted, want enough for the test to mean anything", taken)
	}
}

// FuzzDescription reads an operator's account file. What is accepted has only texts and names that Firestore takes, and is
// accepted again with the same account.
func FuzzDescription(f *testing.F) {
	for _, text := range described(f) {
		f.Add(text)
	}

	providers := catalog.New(catalog.Config{})
	f.Fuzz(func(t *testing.T, text string) {
		a, ok := accepted(text, providers)
		if !ok {
			return
		}
		names := slices.Concat(slices.Collect(maps.Keys(a.Apps)), slices.Collect(maps.Keys(a.Events)), []string{a.ID})
		texts := []string{a.Name, a.Slug, a.Sender}
		for _, app := range a.Apps {
			names = slices.AppendSeq(names, maps.Keys(app.ProviderIDs))
			texts = append(slices.AppendSeq(texts, maps.Values(app.ProviderIDs)), app.Name, app.Number, app.Secret)
		}
		for _, name := range names {
			if name == "" || len(name) > 1500 || strings.HasPrefix(name, "__") && strings.HasSuffix(name, "__") {
				t.Errorf("accepted the name %q", name)
			}
		}
		for _, text := range append(texts, names...) {
			if !utf8.ValidString(text) {
				t.Errorf("accepted the text %q", text)
			}
		}
		if again, ok := accepted(text, providers); !ok || !cmp.Equal(a, again) {
			t.Errorf("read again it is another account: %t", ok)
		}
	})
}
