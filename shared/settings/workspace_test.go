package settings_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/billing"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/chaos"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/businessonbot"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/catalog"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/secret"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
)

// The callers of the tests.
var (
	operator = access.Caller{Subject: "u-9", Name: "Omar", Role: access.Platform, All: true}
	editor   = access.Caller{Subject: "u-1", Name: "Asha", Role: access.Editor, Accounts: []string{neem}}
	viewer   = access.Caller{Subject: "u-2", Name: "Vik", Role: access.Viewer, Accounts: []string{neem}}
	stranger = access.Caller{Subject: "u-3", Name: "Sam", Role: access.Editor, Accounts: []string{"999"}}
)

// office is a workspace on a store of its own.
type office struct {
	*settings.Workspace
	t     *testing.T
	store *store.Store
	clock *clock.Manual
	sim   *simulator.Simulator
	// others are what another instance reads and writes secrets with.
	others *secret.Store
}

func newOffice(t *testing.T) *office {
	t.Helper()
	clk := clock.NewManual(noon)
	local := testkit.Cloud(t, clk)
	sim, address := testkit.Simulator(t, clk)
	o := &office{t: t, store: testkit.Store(t, local), clock: clk, sim: sim, others: secretsOf(t, local, clk)}
	var providers catalog.Config
	providers.GupshupBaseURL = address + "/gupshup"
	o.Workspace = settings.NewWorkspace(settings.WorkspaceDeps{
		Store: o.store, Secrets: secretsOf(t, local, clk), Providers: catalog.New(providers), Client: testkit.Client, Timeout: 5 * time.Second, Clock: clk,
	})

	return o
}

// secretsOf returns one instance's secrets.
func secretsOf(t *testing.T, local *cloud.Cloud, clk clock.Clock) *secret.Store {
	t.Helper()
	s := secret.New(secret.Options{ProjectID: testkit.Project, Clock: clk, ClientOptions: local.ClientOptions()})
	testkit.AtEnd(t, func() { _ = s.Close() })

	return s
}

func (o *office) must(err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
}

// refused checks an error's kind and the field that it names.
func (o *office) refused(err error, kind fault.Kind, field string) {
	o.t.Helper()
	if named, _ := fault.Public(err); !fault.Is(err, kind) || named != field {
		o.t.Errorf("got %v (%v, field %q), want %v, field %q", err, fault.KindOf(err), named, kind, field)
	}
}

// put puts the account of the tests with a name, as it is now.
func (o *office) put(name string) account.Account {
	o.t.Helper()
	in := input()
	in.Name = name
	a, _, err := o.PutAccount(o.t.Context(), operator, neem, in, o.seen())
	o.must(err)

	return a
}

// seen is the account's version, if there is one.
func (o *office) seen() settings.Seen {
	a, err := o.store.Account(o.t.Context(), neem)
	if errors.Is(err, store.ErrNotFound) {
		return settings.Seen{}
	}
	o.must(err)

	return seenAt(a.Version)
}

func seenAt(version int64) settings.Seen { return settings.Seen{Version: version, Named: true} }

func input() settings.AccountInput {
	return settings.AccountInput{
		Slug: "Neem", Name: "Neem House", TimeZone: "Asia/Kolkata", PortalLink: "https://neem.example.com/orders", MarkupBasisPoints: 250,
		ConsentMode: account.BrandDeclared, Declaration: &settings.DeclarationInput{By: "Asha", Text: "our checkout asks"},
	}
}

// TestPutAccount makes an account, changes it and reads it.
func TestPutAccount(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	a, created, err := o.PutAccount(t.Context(), operator, neem, input(), settings.Seen{})
	o.must(err)
	want := account.Account{
		ID: neem, Slug: "neem", Version: 1, Name: "Neem House", TimeZone: "Asia/Kolkata", ConsentMode: account.BrandDeclared,
		Declaration: &account.Declaration{By: "Asha", At: noon, Text: "our checkout asks"},
		PortalLink:  "https://neem.example.com/orders", MarkupBasisPoints: 250,
		Apps: map[string]account.App{},
	}
	a.Choices = nil
	if diff := cmp.Diff(want, a); diff != "" || !created {
		t.Errorf("created %t (-want +got):\n%s", created, diff)
	}
	got, err := o.Account(t.Context(), viewer, neem)
	o.must(err)
	if got.Version != 1 || got.Name != "Neem House" {
		t.Errorf("read: %+v", got)
	}

	o.clock.Advance(time.Hour)
	again, created, err := o.PutAccount(t.Context(), operator, neem, input(), seenAt(1))
	o.must(err)
	if created || again.Version != 1 || !again.Declaration.At.Equal(noon) {
		t.Errorf("the same again: created %t, version %d, declared at %v", created, again.Version, again.Declaration.At)
	}

	in := input()
	in.ConsentMode, in.Declaration = "", nil
	changed, created, err := o.PutAccount(t.Context(), operator, neem, in, seenAt(1))
	o.must(err)
	if created || changed.Version != 2 || changed.ConsentMode != account.Explicit || changed.Declaration != nil {
		t.Errorf("created %t, got %+v", created, changed)
	}

	in = input()
	in.Declaration.Text = "our new checkout asks"
	changed, _, err = o.PutAccount(t.Context(), operator, neem, in, seenAt(2))
	o.must(err)
	if !changed.Declaration.At.Equal(noon.Add(time.Hour)) {
		t.Errorf("another declaration is of %v, want now", changed.Declaration.At)
	}
}

// TestPutAccountKeepsTheRest holds that what the brand set stays, and the health of its apps and templates.
func TestPutAccountKeepsTheRest(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	old := account.Account{
		ID: neem, Slug: neemSlug, Sender: appID, MaxAge: time.Hour,
		Apps:   map[string]account.App{appID: {Provider: "gupshup", Name: "Main", Health: account.Health{Reason: message.CauseBlocked, Since: noon}}},
		Events: map[string]account.Event{"shipment/delivered": {Enabled: true, TemplateID: "t", Health: account.Health{Reason: account.TemplateHeld, Since: noon}}},
	}
	o.must(o.store.PutAccount(t.Context(), old))
	o.put("Neem House")
	got, err := o.store.Account(t.Context(), neem)
	o.must(err)
	if diff := cmp.Diff([]any{old.Sender, old.MaxAge, old.Apps, old.Events}, []any{got.Sender, got.MaxAge, got.Apps, got.Events}); diff != "" {
		t.Errorf("the rest (-want +got):\n%s", diff)
	}
}

// TestPutAccountRefuses holds each rule of an account's fields.
func TestPutAccountRefuses(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("é", 101)
	for name, tt := range map[string]struct {
		spoil func(*settings.AccountInput)
		field string
	}{
		"no_slug":              {func(in *settings.AccountInput) { in.Slug = "" }, "slug"},
		"slug_with_a_slash":    {func(in *settings.AccountInput) { in.Slug = "a/b" }, "slug"},
		"no_name":              {func(in *settings.AccountInput) { in.Name = "  " }, "name"},
		"name_of_two_lines":    {func(in *settings.AccountInput) { in.Name = "Neem\nHouse" }, "name"},
		"long_name":            {func(in *settings.AccountInput) { in.Name = long }, "name"},
		"no_zone":              {func(in *settings.AccountInput) { in.TimeZone = "" }, "timeZone"},
		"unknown_zone":         {func(in *settings.AccountInput) { in.TimeZone = "Asia/Nowhere" }, "timeZone"},
		"the_machine's_zone":   {func(in *settings.AccountInput) { in.TimeZone = "Local" }, "timeZone"},
		"unknown_mode":         {func(in *settings.AccountInput) { in.ConsentMode = "implied" }, "consentMode"},
		"link_without_tls":     {func(in *settings.AccountInput) { in.PortalLink = "http://neem.example.com" }, "portalLink"},
		"link_with_a_password": {func(in *settings.AccountInput) { in.PortalLink = "https://a:b@neem.example.com" }, "portalLink"},
		"link_without_a_host":  {func(in *settings.AccountInput) { in.PortalLink = "https:///orders" }, "portalLink"},
		"no_link":              {func(in *settings.AccountInput) { in.PortalLink = "https://neem example" }, "portalLink"},
		"long_link": {func(in *settings.AccountInput) {
			in.PortalLink = "https://neem.example.com/" + strings.Repeat("a", 500)
		}, "portalLink"},
		"negative_markup":         {func(in *settings.AccountInput) { in.MarkupBasisPoints = -1 }, "markupBasisPoints"},
		"great_markup":            {func(in *settings.AccountInput) { in.MarkupBasisPoints = 90_001 }, "markupBasisPoints"},
		"no_declaration":          {func(in *settings.AccountInput) { in.Declaration = nil }, "declaration"},
		"declaration_of_explicit": {func(in *settings.AccountInput) { in.ConsentMode = account.Explicit }, "declaration"},
		"declared_by_nobody":      {func(in *settings.AccountInput) { in.Declaration.By = "" }, "declaration.by"},
		"declared_nothing":        {func(in *settings.AccountInput) { in.Declaration.Text = " " }, "declaration.text"},
		"declared_very_much":      {func(in *settings.AccountInput) { in.Declaration.Text = strings.Repeat("a", 2001) }, "declaration.text"},
		"declared_tomorrow":       {func(in *settings.AccountInput) { in.Declaration.At = noon.Add(time.Second) }, "declaration.at"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := newOffice(t)
			in := input()
			tt.spoil(&in)
			_, _, err := o.PutAccount(t.Context(), operator, neem, in, settings.Seen{})
			o.refused(err, fault.Invalid, tt.field)
			_, err = o.store.Account(t.Context(), neem)
			if !errors.Is(err, store.ErrNotFound) {
				t.Errorf("the account is there: %v", err)
			}
		})
	}
	o := newOffice(t)
	for _, id := range []string{"", "81a", strings.Repeat("1", 21)} {
		_, _, err := o.PutAccount(t.Context(), operator, id, input(), settings.Seen{})
		o.refused(err, fault.Invalid, "accountId")
	}
	o.put("Neem")
	_, _, err := o.PutAccount(t.Context(), operator, "812", input(), settings.Seen{})
	o.refused(err, fault.Conflict, "slug")
}

// TestSeen holds what a change must name of the version that it is based on.
func TestSeen(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		exists bool
		seen   settings.Seen
		want   fault.Kind
	}{
		{"new_and_none_named", false, settings.Seen{}, -1},
		{"new_and_one_named", false, seenAt(0), fault.Stale},
		{"none_named", true, settings.Seen{}, fault.Unconditional},
		{"older", true, seenAt(1), fault.Stale},
		{"newer", true, seenAt(3), fault.Stale},
		{"newest", true, seenAt(2), -1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o := newOffice(t)
			if tt.exists {
				o.put("one")
				o.put("two")
			}
			_, _, err := o.PutAccount(t.Context(), operator, neem, input(), tt.seen)
			if tt.want < 0 {
				o.must(err)
				return
			}
			o.refused(err, tt.want, "")
			a, _ := o.store.Account(t.Context(), neem)
			if tt.exists && a.Name != "two" {
				t.Errorf("the account is %+v", a)
			}
		})
	}
}

// TestWorkspaceAccess holds who may call which use case, whether there is such an account or not: a caller who may not learns nothing.
func TestWorkspaceAccess(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.put("Neem House")
	card, err := json.Marshal(nextCard("2027-04-01"))
	o.must(err)
	support := access.Caller{Role: access.Support, Accounts: []string{neem}}
	calls := map[string]struct {
		may  []access.Caller
		call func(c access.Caller, id string) error
	}{
		"put_account": {[]access.Caller{operator}, func(c access.Caller, id string) error {
			_, _, err := o.PutAccount(t.Context(), c, id, input(), settings.Seen{})
			return err
		}},
		"account": {[]access.Caller{operator, editor, viewer, support}, func(c access.Caller, id string) error {
			_, err := o.Account(t.Context(), c, id)
			return err
		}},
		"versions": {[]access.Caller{operator, editor, viewer, support}, func(c access.Caller, id string) error {
			_, _, err := o.Versions(t.Context(), c, id, 0, 10)
			return err
		}},
		"version": {[]access.Caller{operator, editor, viewer, support}, func(c access.Caller, id string) error {
			_, err := o.Version(t.Context(), c, id, 1)
			return err
		}},
		"revert": {[]access.Caller{operator, editor}, func(c access.Caller, id string) error {
			_, err := o.Revert(t.Context(), c, id, 1, seenAt(1))
			return err
		}},
		"sender_of": {[]access.Caller{operator, editor, viewer, support}, func(c access.Caller, id string) error {
			_, err := o.SenderOf(t.Context(), c, account.Account{ID: id})
			return err
		}},
		"put_rate_card": {[]access.Caller{operator}, func(c access.Caller, _ string) error {
			_, _, err := o.PutRateCard(t.Context(), c, "next", card, false)
			return err
		}},
		"check_rate_card": {[]access.Caller{operator}, func(c access.Caller, _ string) error {
			_, _, err := o.CheckRateCard(t.Context(), c, "next", card, false)
			return err
		}},
		"accounts": {[]access.Caller{operator, editor, viewer, support, stranger}, func(c access.Caller, _ string) error {
			_, _, err := o.Accounts(t.Context(), c, "", 10)
			return err
		}},
		"rate_cards": {[]access.Caller{operator, editor, viewer, support, stranger}, func(c access.Caller, _ string) error {
			_, _, err := o.RateCards(t.Context(), c)
			return err
		}},
		"variables": {[]access.Caller{operator, editor, viewer, support, stranger}, func(c access.Caller, _ string) error {
			_, err := o.Variables(c)
			return err
		}},
	}
	var texts []string
	for name, tc := range calls {
		for _, c := range []access.Caller{operator, editor, viewer, support, stranger, {}} {
			may := slices.ContainsFunc(tc.may, func(m access.Caller) bool { return m.Role == c.Role && slices.Equal(m.Accounts, c.Accounts) })
			for _, id := range []string{neem, "812"} {
				err := tc.call(c, id)
				if may && (id == neem || c.All) {
					if fault.Is(err, fault.Forbidden) {
						t.Errorf("%s by %v at %s: %v", name, c, id, err)
					}
					continue
				}
				if may && len(tc.may) == 5 {
					continue // it is about no account
				}
				if !fault.Is(err, fault.Forbidden) {
					t.Errorf("%s by %v at %s: got %v, want it forbidden", name, c, id, err)
				}
				_, text := fault.Public(err)
				texts = append(texts, text)
			}
		}
	}
	slices.Sort(texts)
	if texts = slices.Compact(texts); len(texts) != 1 {
		t.Errorf("got %q, want one text", texts)
	}
}

// TestMissingAccount answers a caller who may know it that there is none.
func TestMissingAccount(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	_, err := o.Account(t.Context(), editor, neem)
	o.refused(err, fault.NotFound, "")
	_, _, err = o.Versions(t.Context(), editor, neem, 0, 10)
	o.refused(err, fault.NotFound, "")
	_, err = o.Version(t.Context(), editor, neem, 1)
	o.refused(err, fault.NotFound, "")
	_, err = o.Revert(t.Context(), editor, neem, 1, seenAt(1))
	o.refused(err, fault.NotFound, "")
	o.put("Neem House")
	_, err = o.Version(t.Context(), editor, neem, 2)
	o.refused(err, fault.NotFound, "")
	_, err = o.Revert(t.Context(), editor, neem, 2, seenAt(1))
	o.refused(err, fault.NotFound, "")
}

// TestAccounts lists what each caller may see, page by page.
func TestAccounts(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	for _, id := range []string{"811", "812", "813", "814"} {
		in := input()
		in.Slug = "brand-" + id
		_, _, err := o.PutAccount(t.Context(), operator, id, in, settings.Seen{})
		o.must(err)
	}
	some := access.Caller{Role: access.Viewer, Accounts: []string{"814", "812", "899", "812", "811"}}
	for _, tt := range []struct {
		name  string
		c     access.Caller
		after string
		limit int
		want  string
	}{
		{"all", operator, "", 10, "811 812 813 814 |"},
		{"first_page_of_all", operator, "", 3, "811 812 813 |813"},
		{"last_page_of_all", operator, "813", 3, "814 |"},
		{"exactly_a_page", operator, "", 4, "811 812 813 814 |"},
		{"some", some, "", 10, "811 812 814 |"},
		{"first_page_of_some", some, "", 2, "811 812 |812"},
		{"last_page_of_some", some, "812", 2, "814 |"},
		{"none", stranger, "", 10, "|"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			all, next, err := o.Accounts(t.Context(), tt.c, tt.after, tt.limit)
			var ids strings.Builder
			for _, a := range all {
				ids.WriteString(a.ID + " ")
			}
			if got := ids.String() + "|" + next; got != tt.want || err != nil {
				t.Errorf("got %q, %v, want %q", got, err, tt.want)
			}
		})
	}
}

// TestVersions lists who changed what when, page by page.
func TestVersions(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	for n := range 3 {
		o.put(fmt.Sprint("name ", n))
		o.clock.Advance(time.Hour)
	}
	all, next, err := o.Versions(t.Context(), viewer, neem, 0, 2)
	o.must(err)
	want := []store.Version{
		{Number: 3, At: noon.Add(2 * time.Hour), Changes: []account.Change{{Path: "name", Before: "name 1", After: "name 2"}}},
		{Number: 2, At: noon.Add(time.Hour), Changes: []account.Change{{Path: "name", Before: "name 0", After: "name 1"}}},
	}
	for i := range want {
		want[i].By, want[i].Action = store.Author{Subject: "u-9", Name: "Omar"}, "account.put"
	}
	if diff := cmp.Diff(want, all); diff != "" || next != 2 {
		t.Errorf("next %d (-want +got):\n%s", next, diff)
	}
	all, next, err = o.Versions(t.Context(), viewer, neem, next, 2)
	o.must(err)
	if len(all) != 1 || all[0].Number != 1 || next != 0 {
		t.Errorf("last page: %+v, next %d", all, next)
	}

	v, err := o.Version(t.Context(), operator, neem, 1)
	o.must(err)
	back := []account.Change{{Path: "name", Before: "name 2", After: "name 0"}}
	if diff := cmp.Diff(back, v.Revert); diff != "" || v.Settings.Name != "name 0" {
		t.Errorf("%+v (-want +got):\n%s", v.Settings, diff)
	}
	v, err = o.Version(t.Context(), editor, neem, 1)
	o.must(err)
	if len(v.Revert) != 0 {
		t.Errorf("an editor's revert would change %v", v.Revert)
	}
}

// TestRevert puts back what can be put back, for an editor and for the platform.
func TestRevert(t *testing.T) {
	t.Parallel()
	consent := &account.ChargeConsent{By: "u-1", At: noon, TextVersion: "v", Price: "INR 0.1265", PriceMicros: 126_500}
	client := func(name, named string, minute int) account.App {
		return account.App{
			Provider: "gupshup", Ownership: message.Client, Name: name, Secret: named, InstalledAt: noon.Add(time.Duration(minute) * time.Minute),
			ProviderIDs: map[string]string{gupshup.KeyAppID: simulatedID, gupshup.KeyAppName: "NeemAlerts"}, Number: "919000000801",
		}
	}
	choose := func(template string, variables ...string) map[string]account.Choice {
		c := account.Choice{Enabled: true, TemplateID: template}
		c.Filling.Variables = variables
		for i := range variables {
			c.Filling.Names = append(c.Filling.Names, fmt.Sprint(i+1))
		}
		return map[string]account.Choice{"shipment/delivered": c}
	}
	charged := map[string]account.Choice{"shipment/delivered": {Enabled: true}, "shipment/out_for_delivery": {Enabled: true, Charges: consent}}
	// then is what is reverted to, now what is.
	then := account.Account{
		Slug: "old-neem", Name: "Old Neem", ConsentMode: account.Explicit, Sender: "gone", SenderChosen: true, MaxAge: time.Hour,
		Apps: map[string]account.App{
			"gone": client("Gone", "s", 0), "own": client("Own", "app-own", 1),
			"shared": {Provider: businessonbot.Name, Ownership: message.Platform, InstalledAt: noon.Add(time.Hour)},
		},
		Choices: map[string]map[string]account.Choice{
			"gone": choose("t0"), "own": choose(twoPlaces, "customer_name", "customer_order_id"), "shared": charged,
		},
	}
	now := then
	now.Slug, now.Name, now.MaxAge, now.Sender = "neem", "Neem", 0, "own"
	now.Apps = map[string]account.App{"own": client("Renamed", "app-own-2", 1), "shared": then.Apps["shared"], "later": client("Later", "s", 90)}
	now.Choices = map[string]map[string]account.Choice{
		"own": choose(replyBelow), "later": choose("t3"),
		"shared": {"shipment/delivered": {Enabled: true}, "shipment/out_for_delivery": {Charges: consent}},
	}

	for _, tt := range []struct {
		name string
		c    access.Caller
		want string
	}{
		{"editor", editor, "neem Neem"},
		{"platform", operator, "old-neem Old Neem"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o := newShop(t)
			o.clock.Advance(autumn.Sub(noon))
			o.secret("app-own-2", "key-of-the-shop")
			for _, a := range []account.Account{then, now} {
				_, err := o.store.SaveSettings(t.Context(), neem, func(account.Account) (store.Version, error) { return store.Version{Settings: a}, nil })
				o.must(err)
			}
			o.must(o.store.ChangeCondition(t.Context(), neem, func(c *account.Condition) bool { return c.BlockApp("own", noon, noon, time.Minute) }))

			a, err := o.Revert(t.Context(), tt.c, neem, 2, seenAt(3))
			o.must(err)
			if got := a.Slug + " " + a.Name; got != tt.want || a.Version != 4 || a.MaxAge != time.Hour {
				t.Errorf("got %q of version %d, at most %v old, want %q of 4, an hour", got, a.Version, a.MaxAge, tt.want)
			}
			if own := a.Apps["own"]; own.Name != "Own" || own.Secret != "app-own-2" || own.Health.Reason != message.CauseBlocked || len(a.Apps) != 3 {
				t.Errorf("apps: %+v", a.Apps)
			}
			if a.Sender != "own" || !a.SenderChosen {
				t.Errorf("got sender %s, chosen %t, want that of now", a.Sender, a.SenderChosen)
			}
			want := map[string]map[string]account.Choice{
				"own": choose(twoPlaces, "customer_name", "customer_order_id"), "later": choose("t3"), "shared": charged,
			}
			if diff := cmp.Diff(want, a.Choices, anyCopy); diff != "" {
				t.Errorf("choices (-want +got):\n%s", diff)
			}
			if a.Events["shipment/delivered"].TemplateID != twoPlaces {
				t.Errorf("events: %+v", a.Events)
			}
			v, err := o.Version(t.Context(), tt.c, neem, 4)
			o.must(err)
			if v.Action != "settings.revert" || v.BackTo != 2 || v.By.Subject != tt.c.Subject || len(v.Changes) == 0 {
				t.Errorf("version: %+v", v.Version)
			}
			_, err = o.Revert(t.Context(), tt.c, neem, 2, seenAt(3))
			o.refused(err, fault.Stale, "")
			_, err = o.Revert(t.Context(), tt.c, neem, 2, settings.Seen{})
			o.refused(err, fault.Unconditional, "")
			again, err := o.Revert(t.Context(), tt.c, neem, 2, seenAt(4))
			if again.Version != 4 || err != nil {
				t.Errorf("the same again: version %d, %v", again.Version, err)
			}
		})
	}
}

// TestRevertIsCheckedAsASave refuses to switch on what a save would refuse, puts back nothing of it, and asks of nothing that stays or is
// off.
func TestRevertIsCheckedAsASave(t *testing.T) {
	t.Parallel()
	on := func(template string, variables ...string) account.Choice {
		c := account.Choice{Enabled: true, TemplateID: template}
		c.Filling.Variables = variables
		return c
	}
	off := func(c account.Choice) account.Choice { c.Enabled = false; return c }
	fits := on(twoPlaces, "customer_name", "customer_order_id")
	for name, tt := range map[string]struct {
		// then and now are the choices at the own app; at the platform's, which forwards, an event is on then and off now if charged.
		then, now map[string]account.Choice
		charged   bool
		fault     chaos.Mode
		// findings are those of the refusal, or kind and field are its error; none of both lets the revert pass after asked questions.
		findings []string
		kind     fault.Kind
		field    string
		asked    int
	}{
		"fits":     {then: map[string]account.Choice{"shipment/created": fits}, asked: 1},
		"pending":  {then: map[string]account.Choice{"shipment/created": on(pending, "customer_name")}, findings: []string{"shipment/created error template -1 status"}},
		"gone":     {then: map[string]account.Choice{"shipment/created": on(missing)}, findings: []string{"shipment/created error template -1 template_unknown"}},
		"unmapped": {then: map[string]account.Choice{"shipment/created": on(twoPlaces, "customer_name")}, findings: []string{"shipment/created error template -1 count"}},
		"one_of_two": {
			then:     map[string]account.Choice{"shipment/created": fits, "shipment/packed": on(pending, "customer_name")},
			findings: []string{"shipment/packed error template -1 status"},
		},
		"another_template": {
			then: map[string]account.Choice{"shipment/created": on(pending, "customer_name")}, now: map[string]account.Choice{"shipment/created": fits},
			findings: []string{"shipment/created error template -1 status"},
		},
		"no_template": {then: map[string]account.Choice{"shipment/created": on("")}, kind: fault.Conflict, field: "notifications.shipment/created.content"},
		"down":        {then: map[string]account.Choice{"shipment/created": fits}, fault: chaos.Unavailable, kind: fault.Unavailable},
		"no_consent":  {then: map[string]account.Choice{"shipment/created": fits}, charged: true, kind: fault.Conflict, field: "notifications.shipment/out_for_delivery.charges"},
		"is_off":      {then: map[string]account.Choice{"shipment/created": off(on(missing))}, fault: chaos.Unavailable},
		"stays": {
			then: map[string]account.Choice{"shipment/created": on(missing)}, now: map[string]account.Choice{"shipment/created": on(missing)},
			fault: chaos.Unavailable,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bot := account.App{
				ID: botApp, Provider: businessonbot.Name, Ownership: message.Platform, InstalledAt: noon.Add(time.Hour),
				ProviderIDs: map[string]string{businessonbot.KeyBaseURL: "https://bot.example.com/p"},
			}
			o := newShop(t, bot)
			for i, choices := range []map[string]account.Choice{tt.then, tt.now} {
				_, err := o.store.SaveSettings(t.Context(), neem, func(a account.Account) (store.Version, error) {
					a.MaxAge = time.Duration(2-i) * time.Hour
					a.Choices = map[string]map[string]account.Choice{ownApp: choices, botApp: {"shipment/out_for_delivery": {Enabled: tt.charged && i == 0}}}
					return store.Version{Settings: a}, nil
				})
				o.must(err)
			}
			if tt.fault != "" {
				o.must(o.fault(simulator.Fault{System: "gupshup", Mode: tt.fault}))
			}
			before := len(o.sim.Log().Requests())

			a, err := o.Revert(t.Context(), editor, neem, 2, seenAt(3))
			switch {
			case tt.findings != nil:
				if diff := cmp.Diff(tt.findings, o.unfit(err)); diff != "" {
					t.Errorf("findings (-want +got):\n%s", diff)
				}
			case tt.kind != 0:
				o.refused(err, tt.kind, tt.field)
			case err != nil || a.Version != 4 || a.MaxAge != 2*time.Hour || len(o.sim.Log().Requests())-before != tt.asked:
				t.Errorf("got version %d, %v, after %d questions", a.Version, err, len(o.sim.Log().Requests())-before)
			}
			if tt.findings == nil && tt.kind == 0 {
				return
			}
			if got, failure := o.store.Account(t.Context(), neem); failure != nil || got.Version != 3 || got.MaxAge != time.Hour {
				t.Errorf("something was put back: version %d, %v, %v", got.Version, got.MaxAge, failure)
			}
		})
	}
}

// TestRevertToATakenSlug is refused: another account has it since.
func TestRevertToATakenSlug(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.put("Neem House")
	in := input()
	in.Slug = "neem-house"
	_, _, err := o.PutAccount(t.Context(), operator, neem, in, seenAt(1))
	o.must(err)
	_, _, err = o.PutAccount(t.Context(), operator, "812", input(), settings.Seen{})
	o.must(err)
	_, err = o.Revert(t.Context(), operator, neem, 1, seenAt(2))
	o.refused(err, fault.Conflict, "slug")
}

// nextCard is a card that begins on a day, after India's.
func nextCard(from billing.Day) billing.Card {
	c := billing.India()
	c.Version, c.From, c.Until = "next", from, ""

	return c
}

// TestRateCardKeepsWhatWasPriced refuses a card that would change the price of days that have begun, whatever is forced; from tomorrow on it may.
func TestRateCardKeepsWhatWasPriced(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.clock.Advance(time.Date(2026, 11, 29, 9, 0, 0, 0, time.UTC).Sub(o.clock.Now()))
	put := func(from string) error {
		card := nextCard("2027-01-01")
		card.Version, card.From, card.Until = "late-"+from, billing.Day(from), ""
		text, err := json.Marshal(card)
		o.must(err)
		_, _, err = o.PutRateCard(t.Context(), operator, card.Version, text, true)

		return err
	}

	for _, from := range []string{"2026-11-01", "2026-11-29", "2026-11-30"} { // of the last the first hours have begun where days begin first
		o.clock.Advance(2 * time.Hour)
		o.refused(put(from), fault.Invalid, "from")
	}
	o.must(put("2026-12-02"))

	stored, err := o.store.RateCards(t.Context())
	o.must(err)
	if len(stored) != 1 || stored[0].PutBy.Subject != operator.Subject || !stored[0].PutAt.Equal(o.clock.Now()) {
		t.Errorf("stored %+v, want who put it and when", stored)
	}
}

// TestRateCards puts cards, replaces one before its first day, and none from then on.
func TestRateCards(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.clock.Advance(time.Date(2026, 12, 30, 9, 0, 0, 0, time.UTC).Sub(o.clock.Now()))
	put := func(c billing.Card) (bool, error) {
		text, err := json.Marshal(c)
		o.must(err)
		got, created, err := o.PutRateCard(t.Context(), operator, c.Version, text, false)
		if err == nil {
			if diff := cmp.Diff(c, got); diff != "" {
				t.Errorf("card (-want +got):\n%s", diff)
			}
		}
		return created, err
	}
	check := func(c billing.Card) (bool, error) {
		text, err := json.Marshal(c)
		o.must(err)
		_, would, err := o.CheckRateCard(t.Context(), operator, c.Version, text, false)
		return would, err
	}
	listed := func() string {
		cards, stale, err := o.RateCards(t.Context(), viewer)
		o.must(err)
		var versions []string
		for _, c := range cards {
			versions = append(versions, c.Version)
		}
		return strings.Join(versions, " ") + "|" + strings.Join(stale, " ")
	}
	if got := listed(); got != "meta-inr-in-2026q4|" {
		t.Errorf("before: %s", got)
	}

	c := nextCard("2027-01-01")
	if would, err := check(c); !would || err != nil || listed() != "meta-inr-in-2026q4|" {
		t.Fatalf("only checked: would create %t, %v, and there are %s", would, err, listed())
	}
	created, err := put(c)
	if !created || err != nil {
		t.Fatalf("created %t, %v", created, err)
	}
	c.Comment = "corrected"
	if created, err = check(c); created || err != nil {
		t.Errorf("a correction, only checked: would create %t, %v", created, err)
	}
	if created, err = put(c); created || err != nil {
		t.Errorf("corrected: created %t, %v", created, err)
	}
	other := nextCard("2027-01-01")
	other.Version = "other"
	_, err = put(other)
	o.refused(err, fault.Invalid, "from")
	_, err = check(other)
	o.refused(err, fault.Invalid, "from")

	o.clock.Advance(25 * time.Hour) // it is the first of January in Kiritimati
	if created, err = put(c); created || err != nil {
		t.Errorf("the same again: created %t, %v", created, err)
	}
	c.Comment = "corrected again"
	_, err = put(c)
	o.refused(err, fault.Conflict, "")
	india := billing.India()
	india.Comment = "changed"
	_, err = put(india)
	o.refused(err, fault.Conflict, "")

	o.clock.Advance(time.Date(2027, 4, 1, 9, 0, 0, 0, time.UTC).Sub(o.clock.Now()))
	if got := listed(); got != "meta-inr-in-2026q4 next|INR" {
		t.Errorf("in the next quarter: %s", got)
	}
	text, err := json.Marshal(nextCard("2027-07-01"))
	o.must(err)
	_, _, err = o.PutRateCard(t.Context(), operator, "another", text, false)
	o.refused(err, fault.Invalid, "version")
	late := nextCard("2027-07-02")
	late.Version = "late"
	_, err = put(late)
	o.refused(err, fault.Invalid, "from")
	text, err = json.Marshal(late)
	o.must(err)
	if _, created, err := o.PutRateCard(t.Context(), operator, "late", text, true); !created || err != nil {
		t.Errorf("forced: created %t, %v", created, err)
	}
}

// TestVariables lists those of the requirement and ours.
func TestVariables(t *testing.T) {
	t.Parallel()
	all, err := newOffice(t).Variables(viewer)
	if len(all) < 18 || all[0].Key != "customer_order_id" || err != nil {
		t.Errorf("got %d variables, %v", len(all), err)
	}
}
