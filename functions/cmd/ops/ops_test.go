package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/ops/scratch"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/archive"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/conversation"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/catalog"
	"github.com/eshopbox/whatsapp-notifications/shared/queue"
	"github.com/eshopbox/whatsapp-notifications/shared/secret"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
	"github.com/eshopbox/whatsapp-notifications/shared/wire"
)

var now = time.Date(2026, 11, 20, 4, 50, 12, 0, time.UTC)

// cmdRig is the commands on a local cloud.
type cmdRig struct {
	ops
	t     *testing.T
	out   *bytes.Buffer
	local *cloud.Cloud
	// project is the one that topics are in.
	project string
	// advance moves the clock.
	advance func(time.Duration)
}

// own names the keys as they are named without any variable.
var own = wire.OwnKeysConfig{
	KeysConfig: wire.KeysConfig{
		Phone: wire.PhoneKey{Secret: "phone-key"}, Occurrence: "occurrence-key", Reference: wire.ReferenceKey{Secret: "reference-key"},
	},
	Proof:   wire.ProofKey{Secret: "proof-key"},
	Session: wire.SessionKey{Secret: "session-key"},
}

func newRig(t *testing.T) cmdRig {
	t.Helper()
	clk := clock.NewManual(now)
	out := &bytes.Buffer{}
	local := testkit.Cloud(t, clk)
	secrets := secret.New(secret.Options{ProjectID: "local", Clock: clk, ClientOptions: local.ClientOptions()})
	t.Cleanup(func() { _ = secrets.Close() })
	topics := queue.NewClient(testkit.Project, local.ClientOptions()...)
	testkit.AtEnd(t, func() { _ = topics.Close() })
	stage := scratch.Options{Project: testkit.Project, Environment: config.Map(nil), Real: local.ClientOptions(), Secrets: secrets, Clock: clk}
	o := ops{store: testkit.Store(t, local), topics: topics, events: "order-events", dead: deadTopicsForTests(), keeping: queue.KeptOptions{Patience: 200 * time.Millisecond}, stage: stage, scratch: func(ctx context.Context) (*scratch.Scratch, error) {
		return scratch.Open(ctx, stage)
	}, secrets: secrets, providers: catalog.New(catalog.Config{}), clock: clk, zone: config.IST, own: own, out: out, hints: out, who: "asha@desk", news: "account-news", bucket: archive.New(archive.Options{Config: archive.Config{Bucket: "proof", EmulatorHost: local.StorageURL()}})}
	return cmdRig{ops: o, t: t, out: out, local: local, project: testkit.Project, advance: clk.Advance}
}

// run carries out a command line and returns what it printed.
func (r cmdRig) run(args ...string) (string, error) {
	r.t.Helper()
	r.out.Reset()
	c, err := parse(args)
	if err == nil {
		err = r.do(r.t.Context(), c)
	}
	return r.out.String(), err
}

// mustRun carries out a command that has to succeed.
func (r cmdRig) mustRun(args ...string) string {
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

// TestAccountIsPutAsOverTheAPI puts the sample: first only checked, then for good, then once more. It is the use case of the API that
// makes its one version, and the same file again makes none.
func TestAccountIsPutAsOverTheAPI(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	if said := r.mustRun("account", "-n", sample); !strings.Contains(said, "account 816 (clove-house) is new\nnothing is written") {
		t.Errorf("with -n: got %q", said)
	}
	if _, err := r.store.Account(t.Context(), "816"); err == nil {
		t.Fatal("with -n: the account is written")
	}

	r.mustRun("account", sample)
	if said := r.mustRun("account", sample); !strings.Contains(said, "is there and is replaced") {
		t.Errorf("once more: got %q", said)
	}
	a, err := r.store.Account(t.Context(), "816")
	want := account.Account{
		ID: "816", Slug: "clove-house", Name: "Clove House", TimeZone: "Asia/Kolkata", ConsentMode: account.Explicit, Version: 1,
	}
	if diff := cmp.Diff(want, a, cmpopts.EquateEmpty()); err != nil || diff != "" {
		t.Errorf("account: %v (-want +got):\n%s", err, diff)
	}
	made, err := r.store.Version(t.Context(), "816", 1)
	if err != nil || made.Action != "account.put" || made.By.Subject != "ops" {
		t.Errorf("made by %v as %s, %v; want it made as over the API", made.By, made.Action, err)
	}
}

// TestAccountLeavesAllElseAsItIs has a file replace an account that has apps, choices with a consent to charges and settings that the file
// says nothing of: only what the file says is changed.
func TestAccountLeavesAllElseAsItIs(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.mustRun("account", sample)
	agreed := &account.ChargeConsent{By: "u-1", At: now, TextVersion: "2026-11", Price: "INR 0.117875", PriceMicros: 117_875, Category: "utility"}
	_, err := r.store.SaveSettings(t.Context(), "816", func(a account.Account) (store.Version, error) {
		a.Name, a.PortalLink, a.MarkupBasisPoints, a.MaxAge = "Another", "https://clove.example.com", 250, time.Hour
		a.Sender, a.SenderChosen = "own", true
		a.Apps = map[string]account.App{
			"own":  {Provider: "gupshup", Ownership: message.Client},
			"ours": {Provider: "gupshup", Ownership: message.Platform},
		}
		a.Choices = map[string]map[string]account.Choice{
			"own":  {"shipment/delivered": {Enabled: true, TemplateID: "t-1"}},
			"ours": {"shipment/delivered": {Enabled: true, Charges: agreed}},
		}
		a.Events = map[string]account.Event{"shipment/delivered": {Enabled: true, TemplateID: "t-1"}}
		return store.Version{Settings: a}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	want, err := r.store.Account(t.Context(), "816")
	if err != nil {
		t.Fatal(err)
	}

	file := write(t, `{"id":"816","slug":"clove-house","name":"Clove & Co","consentMode":"brand_declared",
		"declaration":{"by":"Asha","text":"our checkout asks","at":"2026-11-01T10:00:00+05:30"}}`)
	r.mustRun("account", file)
	r.mustRun("account", write(t, `{"id":"816","slug":"clove-house","name":"Clove & Co","consentMode":"brand_declared","portalLink":null}`))
	got, err := r.store.Account(t.Context(), "816")
	want.Name, want.ConsentMode, want.Version = "Clove & Co", account.BrandDeclared, 3
	want.Declaration = &account.Declaration{By: "Asha", Text: "our checkout asks", At: time.Date(2026, 11, 1, 4, 30, 0, 0, time.UTC)}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("account: %v (-want +got):\n%s", err, diff)
	}
}

// TestAccountFileSetsNoAppsOrEvents refuses a file with a key of what is set over the workspace API alone. The error names the key and the
// route, and nothing is written.
func TestAccountFileSetsNoAppsOrEvents(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for key, route := range map[string]string{
		`"apps": {"gs-1": {"provider": "gupshup"}}`: "POST /v1/accounts/{accountId}/apps installs",
		`"apps": null`:      "POST /v1/accounts/{accountId}/apps installs",
		`"sender": "gs-1"`:  "PUT /v1/accounts/{accountId}/sender",
		`"sender": ""`:      "PUT /v1/accounts/{accountId}/sender",
		`"events": {}`:      "PUT /v1/accounts/{accountId}/notifications",
		`"webhooks": ["t"]`: "/webhook-token",
		`"maxAge": "24h"`:   "maxAgeSeconds",
	} {
		name, _, _ := strings.Cut(strings.Trim(key, `"`), `"`)
		file := write(t, `{"id":"816","slug":"clove-house","name":"Clove House","timeZone":"Asia/Kolkata",`+key+`}`)
		for _, args := range [][]string{{"account", file}, {"account", "-n", file}} {
			_, err := r.run(args...)
			if err == nil || !strings.Contains(err.Error(), "\n"+name+" is not set by a file, but over the workspace API") ||
				!strings.Contains(err.Error(), route) || strings.Contains(err.Error(), "is a key that it does not have") {
				t.Errorf("%s: got %v, want it refused with %q alone", key, err, route)
			}
		}
	}
	if _, err := r.store.Account(t.Context(), "816"); err == nil {
		t.Error("an account with such a key is written")
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
		"unknown_key":    {`"slug"`, `"slugg"`, []string{`slugg is a key that it does not have: `, "slug must be"}},
		"other_case":     {`"slug"`, `"Slug"`, []string{`Slug is a key that it does not have: `}},
		"two_objects":    {"\n}\n", "\n}\n{}", []string{"more than one JSON object"}},
		"id_as_number":   {`"816",`, `816,`, []string{"\nid must be a text, in quotation marks"}},
		"id_is_missing":  {`"id"`, `"nr"`, []string{"\nnr is a key", "\nid must be digits"}},
		"many_at_once":   {`"explicit"`, `"asked", "id": 7, "colour": "red", "portalLink": {}`, []string{"consentMode must be", "\nid must be a text", "\nportalLink must be a text", "\ncolour is a key that it does not have: consentMode"}},
		"id":             {`"816",`, `"x/y",`, []string{"id must be digits"}},
		"consent_mode":   {`"explicit"`, `"asked"`, []string{"consentMode must be"}},
		"name":           {`"Clove House",`, `" ",`, []string{"name must be the brand's name"}},
		"slug":           {`"clove-house"`, `"clove/house"`, []string{"slug must be the workspace's name"}},
		"no_zone":        {`"Asia/Kolkata"`, `"Asia/Nowhere"`, []string{"timeZone must be a time zone"}},
		"not_declared":   {`"explicit"`, `"brand_declared"`, []string{"declaration is needed for brand_declared"}},
		"declared_list":  {`"explicit"`, `"brand_declared", "declaration": []`, []string{"declaration must be an object"}},
		"declared_what":  {`"explicit"`, `"brand_declared", "declaration": {"by": "A", "text": "B", "on": "noon"}`, []string{"declaration.on is a key that it does not have: at, by, text"}},
		"declared_when":  {`"explicit"`, `"brand_declared", "declaration": {"by": "A", "text": "B", "at": "noon"}`, []string{"declaration.at must be a time with its zone"}},
		"markup_as_text": {`"explicit"`, `"explicit", "markupBasisPoints": "250"`, []string{"markupBasisPoints must be a whole number"}},
		"markup_in_part": {`"explicit"`, `"explicit", "markupBasisPoints": 2.5`, []string{"markupBasisPoints must be a whole number"}},
		"markup":         {`"explicit"`, `"explicit", "markupBasisPoints": 90001`, []string{"markupBasisPoints must be"}},
		"link":           {`"explicit"`, `"explicit", "portalLink": "http://clove.example.com"`, []string{"portalLink must be an https address"}},
		"slug_of_other":  {`"816",`, `"817",`, []string{"slug: is that of another account"}},
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
	const old = "the token of an install"
	want := store.Webhook{Provider: "meta", AppID: "meta-clove", AccountID: "816", Signing: []string{"meta-clove-app-secret"}}
	if err := r.store.PutWebhook(t.Context(), old, want); err != nil {
		t.Fatal(err)
	}

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

// TestGuestKeyIsEnded lists the keys of an account by their hashes and ends one of two, and none of another account.
func TestGuestKeyIsEnded(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.mustRun("account", sample)
	made := func() string {
		words := strings.Fields(r.mustRun("guest-key", "816"))
		return words[len(words)-1]
	}
	old, fresh := made(), made()

	said := r.mustRun("guest-key", "-n", "816")
	for _, key := range []string{old, fresh} {
		if want := "key 816/" + store.GuestHash(key) + ", made at 2026-11-20T04:50:12Z\n"; !strings.Contains(said, want) || strings.Contains(said, key) {
			t.Errorf("got %q, want %q in it and not the key", said, want)
		}
	}

	leaked := "816/" + store.GuestHash(old)
	for _, arg := range []string{"816", "816/", "/" + store.GuestHash(old), "817/" + store.GuestHash(old), "816/" + old, "816/../accounts/816"} {
		if _, err := r.run("guest-key-end", arg); err == nil || !strings.Contains(err.Error(), "guest-key -n lists") || strings.Contains(err.Error(), old) {
			t.Errorf("guest-key-end %s: got %v, want it refused without the key", arg, err)
		}
	}
	if said = r.mustRun("guest-key-end", "-n", leaked); !strings.Contains(said, "would have 1 guest key left") {
		t.Errorf("with -n: got %q", said)
	}
	if _, err := r.store.GuestKey(t.Context(), store.GuestHash(old)); err != nil {
		t.Errorf("with -n or after refusals: got %v, want the key there", err)
	}

	if said = r.mustRun("guest-key-end", leaked); !strings.Contains(said, "has 1 guest key left") {
		t.Errorf("got %q", said)
	}
	if _, err := r.store.GuestKey(t.Context(), store.GuestHash(old)); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("the ended key: got %v, want it gone", err)
	}
	if _, err := r.store.GuestKey(t.Context(), store.GuestHash(fresh)); err != nil {
		t.Errorf("the other key: got %v, want it there", err)
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
func (r cmdRig) create(m message.Message) error {
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
	for _, key := range []string{"phone-key", "occurrence-key", "reference-key"} {
		if _, err := r.run("secret", key); err == nil || !strings.Contains(err.Error(), "must never change") {
			t.Errorf("%s: got %v, want it refused", key, err)
		}
		if _, err := r.secrets.Access(t.Context(), key); err == nil {
			t.Errorf("%s: it is written", key)
		}
	}
	const signing = "app-meta-neem-abcdefgh-signing"
	for _, line := range [][]string{{"secret", signing}, {"secret", "-n", signing}, {"secret", "app-foo-signing"}} {
		if _, err := r.run(line...); !errors.Is(err, errUnread) {
			t.Errorf("%q, which no webhook goes by: got %v", line, err)
		}
	}
	if err := r.store.PutWebhook(t.Context(), "a token", store.Webhook{Provider: "meta", AppID: "meta-neem", AccountID: "811", Signing: []string{signing}}); err != nil {
		t.Fatal(err)
	}
	if said := r.mustRun("secret", signing); !strings.Contains(said, "has version 1") {
		t.Errorf("what callbacks are signed with: got %q", said)
	}
	r.in = strings.NewReader("value")
	r.mustRun("secret", "-f", "app-foo-signing")
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
			want := strings.TrimSpace("ops " + v.name + " [-n] " + v.subject)
			if !strings.HasPrefix(lines[i], want) {
				t.Errorf("%q: got the line %q for %s", args, lines[i], v.name)
			}
		}
	}
}

// TestUsage says in one line what is wrong with a command line and how that command is used, and nothing of the others. No argument is repeated, which
// may be a secret.
func TestUsage(t *testing.T) {
	t.Parallel()
	for want, args := range map[string][]string{
		"there is no such command; usage: ops COMMAND [-n] SUBJECT; ops -h lists the commands": {"wipe", "811"},
		"account needs FILE.json; usage: ops account [-n] FILE.json":                           {"account"},
		"account has too many arguments; usage: ops account [-n] FILE.json":                    {"account", "a", "b"},
		"guest-key: flag provided but not defined: -x; usage: ops guest-key [-n] ACCOUNT":      {"guest-key", "-x", "811"},
		"rate-card needs FILE.json; usage: ops rate-card [-n] FILE.json":                       {"rate-card"},
		"rate-cards takes no argument; usage: ops rate-cards [-n]":                             {"rate-cards", "all"},
		"secret needs NAME; usage: ops secret [-n] NAME":                                       {"secret", " "},
	} {
		if _, err := parse(args); !errors.Is(err, errUsage) || err.Error() != want {
			t.Errorf("%q: got %v, want %q", args, err, want)
		}
	}
	if _, err := parse(nil); !errors.Is(err, errNoCommand) {
		t.Errorf("nothing: got %v", err)
	}
}

// TestSubmit has a choice tried once more that the platform gave no answer to for a day, and none other.
func TestSubmit(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	if err := r.create(message.Message{ID: strings.Repeat("a", 32), AccountID: "811", OrderID: "51230077", CustomerID: "811:k", CreatedAt: now}); err != nil {
		t.Fatal(err)
	}
	actions := []conversation.Action{
		{ID: "r1", Code: conversation.Reattempt, State: conversation.Stuck, OrderID: "51230077", Subject: "S-1", Complete: true, HeardAt: now.Add(-25 * time.Hour)},
		{ID: "r2", Code: conversation.Cancel, State: conversation.Refused, OrderID: "51230077"},
		{ID: "r3", Code: conversation.Cancel, State: conversation.Stuck, OrderID: "51230078"},
	}
	if _, err := r.store.SaveConversation(t.Context(), conversation.Conversation{ID: "811:k", AccountID: "811", Actions: actions, ExpireAt: now}); err != nil {
		t.Fatal(err)
	}
	states := func() (got []conversation.State) {
		c, err := r.store.Conversation(t.Context(), "811:k")
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range c.Actions {
			got = append(got, a.State)
		}
		return got
	}

	if said := r.mustRun("submit", "-n", "811/51230077"); !strings.Contains(said, "ACTF001") || states()[0] != conversation.Stuck {
		t.Errorf("with -n: got %q, %v", said, states())
	}
	r.mustRun("submit", "811/51230077")
	if got, want := states(), []conversation.State{conversation.Ready, conversation.Refused, conversation.Stuck}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if c, err := r.store.Conversation(t.Context(), "811:k"); err != nil || !c.IsDue(now) || !c.Actions[0].HeardAt.Equal(now) {
		t.Errorf("got due %v, heard %v, %v", c.Due, c.Actions[0].HeardAt, err)
	}
	for arg, want := range map[string]string{"811/51230077": "no choice that is stuck", "812/51230077": "no choice that is stuck", "811": "such as 811/51230077"} {
		if _, err := r.run("submit", arg); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("submit %s: got %v, want %q", arg, err, want)
		}
	}
}
