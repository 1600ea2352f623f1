package main

import (
	"bytes"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/catalog"
	"github.com/eshopbox/whatsapp-notifications/shared/secret"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
)

var now = time.Date(2026, 11, 20, 4, 50, 12, 0, time.UTC)

// rig is the commands on a local cloud.
type rig struct {
	ops
	t   *testing.T
	out *bytes.Buffer
}

func newRig(t *testing.T) rig {
	t.Helper()
	clk := clock.NewManual(now)
	out := &bytes.Buffer{}
	local := testkit.Cloud(t, clk)
	secrets := secret.New(secret.Options{ProjectID: "local", Clock: clk, ClientOptions: local.ClientOptions()})
	t.Cleanup(func() { _ = secrets.Close() })
	o := ops{store: testkit.Store(t, local), secrets: secrets, providers: catalog.New(catalog.Config{}), clock: clk, out: out}
	return rig{ops: o, t: t, out: out}
}

// run carries out a command line and returns what it printed.
func (r rig) run(args ...string) (string, error) {
	r.t.Helper()
	r.out.Reset()
	c, err := parse(args)
	if err == nil {
		err = r.do(r.t.Context(), c)
	}
	return r.out.String(), err
}

// mustRun carries out a command that has to succeed.
func (r rig) mustRun(args ...string) string {
	r.t.Helper()
	said, err := r.run(args...)
	if err != nil {
		r.t.Fatalf("ops %s: %v", strings.Join(args, " "), err)
	}
	return said
}

// write returns the path of a file with the text.
func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "account.json")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// sample is the account that functions/README.md shows.
const sample = "../../../testdata/accounts/clove-house.json"

// TestAccountIsWritten writes the sample: first only checked, then for good, then once more.
func TestAccountIsWritten(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	if said := r.mustRun("account", "-n", sample); !strings.Contains(said, "app meta-clove would get a webhook") {
		t.Errorf("with -n: got %q", said)
	}
	if _, err := r.store.Account(t.Context(), "816"); err == nil {
		t.Fatal("with -n: the account is written")
	}

	said := r.mustRun("account", sample)
	token := regexp.MustCompile(`/meta/([A-Z2-7]+)\n`).FindStringSubmatch(said)
	if token == nil {
		t.Fatalf("got %q, want the webhook's path", said)
	}
	hook, err := r.store.WebhookByToken(t.Context(), token[1])
	want := store.Webhook{
		Provider: "meta", AppID: "meta-clove", AccountID: "816", Signing: []string{"meta-clove-app-secret"},
		ProviderIDs: map[string]string{"phoneNumberId": "200000000000816", "wabaId": "100000000000816"},
	}
	if diff := cmp.Diff(want, hook); err != nil || diff != "" {
		t.Errorf("webhook: %v (-want +got):\n%s", err, diff)
	}

	a, err := r.store.Account(t.Context(), "816")
	if err != nil {
		t.Fatal(err)
	}
	wantEvent := account.Event{
		Enabled: true, TemplateID: "900000000000004", MaxAge: 6 * time.Hour,
		Filling: template.Filling{Variables: []string{"customer_name", "customer_order_id", "brand", "failure_reason"}},
	}
	if diff := cmp.Diff(wantEvent, a.Events["shipment/failed_delivery"]); diff != "" {
		t.Errorf("event (-want +got):\n%s", diff)
	}
	if a.Slug != "clove-house" || a.ConsentMode != account.Explicit || a.Sender != "meta-clove" || a.Apps["meta-clove"].Number != "919000000816" {
		t.Errorf("got %+v", a)
	}

	err = r.store.ChangeCondition(t.Context(), "816", func(c *account.Condition) bool {
		app := c.Apps["meta-clove"]
		app.Health = account.Health{Reason: message.CauseBalance, Since: now}
		c.Apps["meta-clove"] = app
		return true
	})
	if err != nil {
		t.Fatal(err)
	}
	if said = r.mustRun("account", sample); !strings.Contains(said, "is replaced") || !strings.Contains(said, "has a webhook already") {
		t.Errorf("once more: got %q", said)
	}
	if a, err = r.store.Account(t.Context(), "816"); err != nil || a.Apps["meta-clove"].Health.Reason != message.CauseBalance {
		t.Errorf("once more: got %+v, %v; want the app's health as it was", a.Apps, err)
	}
}

// TestAccountKeepsWhatNoFileSays has a description replace an account that workspace has changed: each makes a version, the same file again
// makes none, and choices are not overwritten.
func TestAccountKeepsWhatNoFileSays(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.mustRun("account", sample)
	said, err := os.ReadFile(sample)
	if err != nil {
		t.Fatal(err)
	}
	id := regexp.MustCompile(`"id": *"(\d+)"`).FindStringSubmatch(string(said))[1]
	before, err := r.store.Account(t.Context(), id)
	if err != nil || before.Version != 2 {
		t.Fatalf("got version %d, %v, want 2: the account, and its apps and events", before.Version, err)
	}
	made, err := r.store.Version(t.Context(), id, 1)
	if err != nil || made.Action != "account.put" || made.By.Subject != "ops" {
		t.Errorf("made by %v as %s, %v; want it made as over the API", made.By, made.Action, err)
	}
	change := func(f func(*account.Account)) {
		t.Helper()
		_, err = r.store.SaveSettings(t.Context(), id, func(a account.Account) (store.Version, error) {
			f(&a)
			return store.Version{Settings: a}, nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	want, rotatedAt := before, time.Date(2026, 11, 20, 4, 50, 0, 0, time.UTC)
	set := func(a *account.Account) {
		a.TimeZone, a.PortalLink, a.MarkupBasisPoints, a.SenderChosen = "Asia/Kolkata", "https://clove.example.com", 250, true

		a.Apps = maps.Clone(a.Apps)
		app := a.Apps[a.Sender]
		app.Secret, app.Last4, app.CredentialAt = app.Secret+"/versions/3", "cdef", rotatedAt
		a.Apps[a.Sender] = app
	}
	change(func(a *account.Account) { set(a); a.Name = "Another" })
	r.mustRun("account", sample)
	r.mustRun("account", sample)
	after, err := r.store.Account(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	set(&want)
	want.Version = 4
	if diff := cmp.Diff(want, after); diff != "" {
		t.Errorf("account (-want +got):\n%s", diff)
	}
	v, err := r.store.Version(t.Context(), id, 4)
	if diff := cmp.Diff([]account.Change{{Path: "name", Before: "Another", After: before.Name}}, v.Changes); diff != "" || v.Action != "account.put" || err != nil {
		t.Errorf("%s by %v, %v (-want +got):\n%s", v.Action, v.By, err, diff)
	}

	change(func(a *account.Account) {
		a.Choices = map[string]map[string]account.Choice{a.Sender: {"shipment/delivered": {Enabled: true}}}
	})
	for _, args := range [][]string{{"account", sample}, {"account", "-n", sample}} {
		if said, refused := r.run(args...); refused == nil || !strings.Contains(refused.Error(), "workspace") {
			t.Errorf("%v: got %q, %v, want it refused", args, said, refused)
		}
	}

	// A file of the account alone is put all the same, and leaves apps, events and choices as they are.
	alone := write(t, `{"id":"`+id+`","slug":"clove-house","name":"Clove & Co","consentMode":"brand_declared","declaration":{"by":"Asha","text":"our checkout asks","at":"2026-11-01T10:00:00+05:30"}}`)
	r.mustRun("account", alone)
	put, err := r.store.Account(t.Context(), id)
	if err != nil || put.Name != "Clove & Co" || put.Declaration == nil || put.TimeZone != "Asia/Kolkata" || len(put.Apps) != 1 || len(put.Choices) != 1 || put.MaxAge != before.MaxAge {
		t.Errorf("the account alone: got %+v, %v", put, err)
	}
}

// TestAccountIsRefused names every field that is wrong, and writes nothing.
func TestAccountIsRefused(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.mustRun("account", sample)
	good, err := os.ReadFile(sample)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		old, new string
		want     []string
	}{
		"unknown_key":        {`"slug"`, `"slugg"`, []string{`slugg is a key that it does not have: `}},
		"unknown_key_of_app": {`"rate"`, `"speed"`, []string{`speed is a key that it does not have: `}},
		"unknown_filling":    {`"variables"`, `"vars"`, []string{`vars is a key that it does not have: `}},
		"two_objects":        {"\n}\n", "\n}\n{}", []string{"more than one JSON object"}},
		"age_without_unit":   {`"6h"`, `"24"`, []string{"events.shipment/failed_delivery.maxAge is no duration such as 24h"}},
		"age_as_number":      {`"6h"`, `24`, []string{"events.shipment/failed_delivery.maxAge must be a text"}},
		"age_of_account":     {`"24h"`, `"a day"`, []string{"\nmaxAge is no duration such as 24h"}},
		"id_as_number":       {`"816",`, `816,`, []string{"\nid must be a text, in quotation marks"}},
		"rate_as_text":       {`"rate": 60`, `"rate": "60"`, []string{"apps.meta-clove.rate must be a number"}},
		"apps_as_list":       {`"apps": {`, `"apps": [], "was": {`, []string{"apps must be an object", "was is a key"}},
		"variables_as_text":  {`["customer_name", "customer_order_id"]`, `"customer_name"`, []string{"events.shipment/delivered.variables must be a list"}},
		"variable_as_number": {`["customer_name", "customer_order_id"]`, `["customer_name", 7]`, []string{"events.shipment/delivered.variables[1] must be a text"}},
		"text_of_media":      {`"maxAge": "6h"`, `"media": {"link": "invoice"}`, []string{"events.shipment/failed_delivery.media.link must be an object"}},
		"many_at_once": {
			`"explicit",`, `"asked", "id": 7, "colour": "red", "maxAge": "1",`,
			[]string{"consentMode must be", "\ncolour is a key that it does not have: apps, consentMode"},
		},
		"id":              {`"816",`, `"x/y",`, []string{"id must be digits"}},
		"consent_mode":    {`"explicit"`, `"asked"`, []string{"consentMode must be"}},
		"age":             {`"6h"`, `"6 hours"`, []string{"events.shipment/failed_delivery.maxAge is no duration such as 24h"}},
		"negative_age":    {`"6h"`, `"-6h"`, []string{"events.shipment/failed_delivery.maxAge"}},
		"name":            {`"Clove House",`, `" ",`, []string{"name must be the brand's name"}},
		"slug":            {`"clove-house"`, `"clove/house"`, []string{"slug must be the workspace's name"}},
		"no_zone":         {`"Asia/Kolkata"`, `"Asia/Nowhere"`, []string{"timeZone must be a time zone"}},
		"not_declared":    {`"explicit"`, `"brand_declared"`, []string{"declaration is needed for brand_declared"}},
		"declared_when":   {`"explicit"`, `"brand_declared", "declaration": {"by": "A", "text": "B", "at": "noon"}`, []string{"declaration.at must be a time with its zone"}},
		"markup_as_text":  {`"explicit"`, `"explicit", "markupBasisPoints": "250"`, []string{"markupBasisPoints must be a whole number"}},
		"markup_too_high": {`"explicit"`, `"explicit", "markupBasisPoints": 90001`, []string{"markupBasisPoints must be"}},
		"link":            {`"explicit"`, `"explicit", "portalLink": "http://clove.example.com"`, []string{"portalLink must be an https address"}},
		"sender":          {`"sender": "meta-clove"`, `"sender": "meta"`, []string{"sender must be one of the apps"}},
		"provider":        {`"provider": "meta"`, `"provider": "telegram"`, []string{"apps.meta-clove.provider must be gupshup"}},
		"ownership":       {`"client"`, `"ours"`, []string{"apps.meta-clove.ownership"}},
		"number":          {`"919000000816"`, `"call me"`, []string{"apps.meta-clove.number"}},
		"provider_ids":    {`"phoneNumberId"`, `"phoneId"`, []string{"apps.meta-clove.providerIds or number: meta: phoneNumberId is missing"}},
		"secret":          {`"meta-clove-token"`, `"EAAG/secret?"`, []string{"apps.meta-clove.secret must be the name"}},
		"signing":         {`["meta-clove-app-secret"]`, `[]`, []string{"apps.meta-clove.signing must name"}},
		"rate":            {`"rate": 60`, `"rate": -1`, []string{"apps.meta-clove.rate"}},
		"event":           {`"shipment/failed_delivery"`, `"failed_delivery"`, []string{"events.failed_delivery is no event"}},
		"template":        {`"900000000000004"`, `""`, []string{"events.shipment/failed_delivery.template is missing"}},
		"variable":        {`"failure_reason"`, `"reason_of_failure"`, []string{`"reason_of_failure", which is no variable`}},
		"charged":         {`"client"`, `"platform"`, []string{"events must be empty", "workspace"}},
		"slug_of_another": {`"816",`, `"817",`, []string{"slug is that of account 816", "apps.meta-clove is an app of account 816"}},
	} {
		text := strings.ReplaceAll(string(good), c.old, c.new)
		if text == string(good) {
			t.Errorf("%s: the sample has no %s", name, c.old)
		}
		_, err := r.run("account", write(t, text))
		for _, want := range c.want {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: got %v, want %q", name, err, want)
			}
		}
	}
	if _, err := r.store.Account(t.Context(), "817"); err == nil {
		t.Error("an account with a problem is written")
	}
}

// TestAppIDIsOfOneBrand holds that no two brands have apps of one id, be they at different providers: the tokens of webhooks go by the
// id alone. The platform's own app is that of all who send through it.
func TestAppIDIsOfOneBrand(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		app     account.App
		hook    string
		refused bool
	}{
		"same_provider":     {app: account.App{Provider: "meta", Ownership: message.Client}, refused: true},
		"another_provider":  {app: account.App{Provider: "kaleyra", Ownership: message.Client}, refused: true},
		"ours_elsewhere":    {app: account.App{Provider: "gupshup", Ownership: message.Platform}, refused: true},
		"a_webhook_is_left": {hook: "815", refused: true},
		"a_webhook_of_its":  {hook: "816"},
		"nobody":            {},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			if tt.app.Provider != "" {
				a := account.Account{ID: "815", Slug: "neem-house", Apps: map[string]account.App{"meta-clove": tt.app}}
				if err := r.store.PutAccount(t.Context(), a); err != nil {
					t.Fatal(err)
				}
			}
			if tt.hook != "" {
				if err := r.store.PutWebhook(t.Context(), "token", store.Webhook{Provider: "meta", AppID: "meta-clove", AccountID: tt.hook}); err != nil {
					t.Fatal(err)
				}
			}

			_, err := r.run("account", "-n", sample)
			if refused := err != nil && strings.Contains(err.Error(), "apps.meta-clove is an app of account 815"); refused != tt.refused || !refused && err != nil {
				t.Errorf("got %v, want it refused: %t", err, tt.refused)
			}
		})
	}
}

// TestFilesThatAreNoDescription are refused in words of the file, and not of the program that reads it.
func TestFilesThatAreNoDescription(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for text, want := range map[string]string{
		"":                       "is empty, and has to be one JSON object",
		" \n":                    "is empty, and has to be one JSON object",
		"[]":                     "has to be one JSON object, in braces",
		"816":                    "has to be one JSON object, in braces",
		"null":                   "has to be one JSON object, in braces",
		"{\n\"id\": \"816\",\n}": "is no JSON from line 3 on",
		"{\n\"id\": \"816\"":     "is no JSON from line 2 on",
		"id: 816":                "is no JSON from line 1 on",
		"{} {}":                  "has more than one JSON object",
	} {
		file := write(t, text)
		if _, err := r.run("account", file); err == nil || err.Error() != file+": "+want {
			t.Errorf("%q: got %v, want %q", text, err, want)
		}
	}
	if said := r.mustRun("account", "-n", sample); !strings.Contains(said, "is new: 1 app, 2 events") {
		t.Errorf("got %q, want one app in words", said)
	}
}

// TestWebhookTokenIsReplaced adds a token to an app's webhook, beside which the old one goes on, and then ends the old one. No token
// is shown twice or given on the command line.
func TestWebhookTokenIsReplaced(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	path := regexp.MustCompile(`/meta/([A-Z2-7]+)\n`)
	listed := regexp.MustCompile(`token (meta-clove/[0-9a-f]{32}), added at 2026-11-20T04:50:12Z\n`)
	works := func(token string) store.Webhook {
		t.Helper()
		hook, err := r.store.WebhookByToken(t.Context(), token)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			t.Fatal(err)
		}
		return hook
	}

	if _, err := r.run("webhook-add", "meta-clove"); err == nil || !strings.Contains(err.Error(), "has no webhook") {
		t.Errorf("without a webhook: got %v", err)
	}
	old := path.FindStringSubmatch(r.mustRun("account", sample))[1]
	want := works(old)

	said := r.mustRun("webhook-add", "-n", "meta-clove")
	if !strings.Contains(said, "would get another") || len(listed.FindAllString(said, -1)) != 1 || strings.Contains(said, old) {
		t.Errorf("with -n: got %q, want the one token listed, by its hash", said)
	}
	oldID := listed.FindStringSubmatch(said)[1]
	added := path.FindStringSubmatch(r.mustRun("webhook-add", "meta-clove"))[1]
	for _, token := range []string{old, added} {
		if diff := cmp.Diff(want, works(token)); diff != "" {
			t.Errorf("with two tokens (-want +got):\n%s", diff)
		}
	}

	if said = r.mustRun("webhook-end", "-n", oldID); !strings.Contains(said, "would have 1 token left") || works(old).AppID == "" {
		t.Errorf("with -n: got %q", said)
	}
	if said = r.mustRun("webhook-end", oldID); !strings.Contains(said, "has 1 token left") {
		t.Errorf("got %q, want one left", said)
	}
	if works(old).AppID != "" || works(added).AppID != "meta-clove" {
		t.Errorf("got %+v and %+v, want the old token ended and the new one good", works(old), works(added))
	}

	for _, arg := range []string{oldID, "meta-clove/" + added, "meta-clove/", "meta-clove", "another/" + oldID, "meta-clove/../accounts/816"} {
		if _, err := r.run("webhook-end", arg); err == nil || strings.Contains(err.Error(), added) {
			t.Errorf("webhook-end %s: got %v, want it refused without the token", arg, err)
		}
	}
	if works(added).AppID != "meta-clove" {
		t.Error("a refused command ended the new token")
	}

	for _, arg := range []string{"meta-clove", "meta-clove/", "/" + oldID[len("meta-clove/"):]} {
		if _, err := r.run("webhook-end", arg); err == nil || err.Error() != "APP/TOKEN is needed, as webhook-add -n lists it" {
			t.Errorf("webhook-end %s: got %v", arg, err)
		}
	}

	lastID := listed.FindStringSubmatch(r.mustRun("webhook-add", "-n", "meta-clove"))[1]
	for _, args := range [][]string{{"webhook-end", lastID}, {"webhook-end", "-n", lastID}} {
		if _, err := r.run(args...); err == nil || !strings.Contains(err.Error(), "STOPs included") || works(added).AppID == "" {
			t.Errorf("%q: got %v, want the last token kept", args, err)
		}
	}
	if _, err := r.run("webhook-add", "-f", "meta-clove"); err == nil {
		t.Error("-f is taken by a command that has no such flag")
	}
	if said = r.mustRun("webhook-end", lastID, "-f"); !strings.Contains(said, "has 0 tokens left") || works(added).AppID != "" {
		t.Errorf("by force: got %q", said)
	}
	if err := r.store.PutWebhook(t.Context(), added, want); err != nil {
		t.Fatal(err)
	}

	other := want
	other.AccountID = "817"
	if err := r.store.PutWebhook(t.Context(), "token of another", other); err != nil {
		t.Fatal(err)
	}
	if _, err := r.run("webhook-add", "meta-clove"); err == nil || !strings.Contains(err.Error(), `one of account "81`) {
		t.Errorf("an app of two accounts: got %v", err)
	}
}

// TestGuestKey makes a key that opens the account's orders; -n makes none, and an account that is none gets none.
func TestGuestKey(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	if _, err := r.run("guest-key", "816"); err == nil || !strings.Contains(err.Error(), "account 816") {
		t.Errorf("no account: got %v", err)
	}
	r.mustRun("account", sample)
	if said := r.mustRun("guest-key", "816", "-n"); !strings.Contains(said, "would get") {
		t.Errorf("with -n: got %q", said)
	}
	words := strings.Fields(r.mustRun("guest-key", "816"))
	g, err := r.store.GuestKey(t.Context(), store.GuestHash(words[len(words)-1]))
	if err != nil || g.AccountID != "816" || !g.AddedAt.Equal(now) {
		t.Errorf("got %+v, %v; want a key of 816", g, err)
	}
}

// TestReopen shows a message that was given up, without its shopper, and reopens it once.
func TestReopen(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	const id, shopper = "0123456789abcdef0123456789abcdef", "+919000000001"
	m := message.Message{
		ID: id, AccountID: "811", OrderID: "51230077", Event: "shipment/delivered", AppID: "gupshup-neem", Provider: "gupshup",
		Phone: shopper, Phase: message.GivenUp, Attempt: 1, CreatedAt: now.Add(-time.Hour), Due: now.Add(time.Hour),
		EventData: []byte(`{}`), OccurredAt: now.Add(-time.Hour).Unix(),
	}
	if err := r.create(m); err != nil {
		t.Fatal(err)
	}

	said := r.mustRun("reopen", "-n", id)
	for _, want := range []string{"account 811", "order 51230077", "shipment/delivered", "given_up", "2026-11-20T03:50:12Z"} {
		if !strings.Contains(said, want) {
			t.Errorf("got %q, want %q in it", said, want)
		}
	}
	if strings.Contains(said, "9000000001") {
		t.Errorf("got %q, which shows the shopper's number", said)
	}
	if got, err := r.store.Message(t.Context(), id); err != nil || got.Phase != message.GivenUp {
		t.Errorf("with -n: got phase %s, %v", got.Phase, err)
	}

	r.mustRun("reopen", id)
	if got, err := r.store.Message(t.Context(), id); err != nil || got.Phase != message.Waiting || !got.Resent {
		t.Errorf("got phase %s, %v; want it waiting", got.Phase, err)
	}
	for arg, want := range map[string]string{id: "was not given up; only what was", strings.Repeat("f", 32): "not in the store", "../accounts/811": "32 hex digits"} {
		if _, err := r.run("reopen", arg); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("reopen %s: got %v, want %q", arg, err, want)
		}
	}
}

// create stores a message as notify's first write does.
func (r rig) create(m message.Message) error {
	_, err := r.store.Decide(r.t.Context(), store.Decision{Message: m})
	return err
}

// TestSecretIsWritten writes a secret twice from the standard input. It is the latest value, without the line's end, and is
// never printed.
func TestSecretIsWritten(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	const name = "meta-clove-token"
	read := func() string {
		t.Helper()
		s, err := r.secrets.Access(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		return s.Reveal()
	}
	r.in = strings.NewReader("not read")
	if said := r.mustRun("secret", "-n", name); !strings.Contains(said, "would get a new version") {
		t.Errorf("with -n: got %q", said)
	}
	if _, err := r.secrets.Access(t.Context(), name); err == nil {
		t.Error("with -n: the secret is written")
	}
	for version, value := range []string{"first value", "second\nof two lines", " with blanks "} {
		for _, end := range []string{"", "\n", "\r\n"} {
			r.in = strings.NewReader(value + end)
			said := r.mustRun("secret", name)
			if strings.Contains(said, value) || !strings.Contains(said, "secret meta-clove-token has version ") {
				t.Errorf("version %d: got %q", version, said)
			}
			if got := read(); got != value {
				t.Errorf("got the value %q, want %q", got, value)
			}
		}
	}
	for in, want := range map[string]string{"": "has no value", "\n": "has no value", strings.Repeat("x", 64<<10+1): "more than 65536 bytes"} {
		r.in = strings.NewReader(in)
		if _, err := r.run("secret", name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%d bytes: got %v, want %q", len(in), err, want)
		}
	}
	r.in = strings.NewReader("value")
	if _, err := r.run("secret", "app-gupshup-neem-abcdefgh"); err == nil || !strings.Contains(err.Error(), "workspace API") {
		t.Errorf("an app's own credential: got %v", err)
	}
	if said := r.mustRun("secret", "app-meta-neem-abcdefgh-signing"); !strings.Contains(said, "has version 1") {
		t.Errorf("what callbacks are signed with: got %q", said)
	}
	if _, err := r.run("secret", "EAAG/value as an argument"); err == nil || strings.Contains(err.Error(), "EAAG") {
		t.Errorf("got %v, want the name refused and not repeated", err)
	}
	if got := read(); got != " with blanks " {
		t.Errorf("got the value %q after refusals, want that from before", got)
	}
}

// TestHelpListsTheVerbs asks for help in each way: it is one line a verb, without any environment, and no failure.
func TestHelpListsTheVerbs(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"-h"}, {"--help"}, {"help"}, {"account", "-h"}} {
		var out bytes.Buffer
		if err := run(t.Context(), args, strings.NewReader(""), &out); err != nil {
			t.Errorf("%q: got %v, want no error", args, err)
		}
		lines := strings.Split(strings.TrimSpace(out.String()), "\n")
		if len(lines) != len(verbs()) {
			t.Fatalf("%q: got %d lines, want %d", args, len(lines), len(verbs()))
		}
		for i, v := range verbs() {
			want := "ops " + v.name + " [-n] " + v.subject
			if v.subject == "" {
				want = "ops " + v.name + "  "
			}
			if !strings.HasPrefix(lines[i], want) {
				t.Errorf("%q: got the line %q for %s", args, lines[i], v.name)
			}
		}
	}
}

func TestUsage(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{nil, {"account"}, {"account", "a", "b"}, {"guest-key", "-x", "811"}, {"erase", "811"}, {"rate-card"}, {"rate-cards", "all"}} {
		c, err := parse(args)
		if err == nil {
			err = ops{}.do(t.Context(), c)
		}
		if err == nil || !strings.Contains(err.Error(), "usage: ops account|guest-key|rate-card|rate-cards|reopen|secret|webhook-add|webhook-end [-n] FILE.json|ACCOUNT|MESSAGE_ID|") {
			t.Errorf("%q: got %v, want the usage", args, err)
		}
	}
}
