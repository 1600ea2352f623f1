package settings_test

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/billing"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

var (
	noon    = time.Date(2024, 2, 13, 12, 0, 0, 0, time.UTC)
	errDown = errors.New("does not answer")
)

const (
	ttl       = 30 * time.Second
	appID     = "app"
	neem      = "811"
	neemSlug  = "neem"
	templated = "t1"
)

// anyCopy leaves out of a comparison which copy of a template a filling was held against.
var anyCopy = cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".Copy" }, cmp.Ignore())

// fakeStore has accounts and templates, and counts what is read.
type fakeStore struct {
	accounts  map[string]account.Account
	platform  map[string]account.PlatformApp
	templates map[string]store.Template // by "app/template"
	reads     int
	err       error

	mu     sync.Mutex
	shared map[string]account.Health // of the platform's apps
	locked string                    // the account that cannot be written
	writes map[string]int            // of accounts, by id
}

func (f *fakeStore) Account(_ context.Context, id string) (account.Account, error) {
	f.reads++
	a, ok := f.accounts[id]
	if !ok && f.err == nil {
		return a, store.ErrNotFound
	}
	a.Apps, a.Events = maps.Clone(a.Apps), maps.Clone(a.Events)

	return a, f.err
}

func (f *fakeStore) PlatformApp(_ context.Context, id string) (account.PlatformApp, error) {
	p, ok := f.platform[id]
	if !ok && f.err == nil {
		return p, store.ErrNotFound
	}

	return p, f.err
}

func (f *fakeStore) AccountIDBySlug(_ context.Context, slug string) (string, error) {
	f.reads++
	for id, a := range f.accounts {
		if a.Slug == slug {
			return id, f.err
		}
	}

	return "", errors.Join(f.err, store.ErrNotFound)
}

func (f *fakeStore) ChangeCondition(_ context.Context, id string, change func(*account.Condition) bool) error {
	a, ok := f.accounts[id]
	if !ok {
		return store.ErrNotFound
	}
	// The first try loses to another writer, as it may in Firestore.
	lost := account.Condition{Apps: maps.Clone(a.Apps), Events: maps.Clone(a.Events)}
	change(&lost)
	c := a.Condition()

	f.mu.Lock()
	defer f.mu.Unlock()

	if id == f.locked {
		return errDown
	}
	if change(&c) {
		f.writes[id]++
	}

	return nil
}

func (f *fakeStore) ChangeAppHealth(_ context.Context, app string, change func(*account.Condition) bool) (account.Health, error) {
	change(&account.Condition{Apps: map[string]account.App{app: {Health: f.shared[app]}}}) // as above
	c := account.Condition{Apps: map[string]account.App{app: {Health: f.shared[app]}}}
	if change(&c) {
		f.shared[app] = c.Apps[app].Health
	}

	return c.Apps[app].Health, f.err
}

func (f *fakeStore) AppUsers(_ context.Context, name, app, last string, limit int) ([]store.AppUser, error) {
	var users []store.AppUser
	for _, id := range slices.Sorted(maps.Keys(f.accounts)) {
		if id > last && f.accounts[id].Apps[app].Provider == name && len(users) < limit {
			users = append(users, store.AppUser{AccountID: id})
		}
	}

	return users, f.err
}

func (f *fakeStore) SeeTemplate(_ context.Context, app, id string) (store.SeenTemplate, error) {
	f.reads++
	t, ok := f.templates[app+"/"+id]
	if !ok && f.err == nil {
		return store.SeenTemplate{}, store.ErrNotFound
	}

	return store.SeenTemplate{Template: t}, f.err
}

func (f *fakeStore) Templates(_ context.Context, app string, ids []string) (map[string]store.Template, error) {
	found := map[string]store.Template{}
	for _, id := range ids {
		if t, ok := f.templates[app+"/"+id]; ok {
			found[id] = t
		}
	}

	return found, f.err
}

func (f *fakeStore) TemplateCopy(_ context.Context, app, id, fingerprint string) (store.Template, error) {
	t, ok := f.templates[app+"/"+id+"/"+fingerprint]
	if !ok && f.err == nil {
		return t, store.ErrNotFound
	}

	return t, f.err
}

func (f *fakeStore) ChangeTemplate(_ context.Context, app, id string, _ store.SeenTemplate, change func(*store.Template) bool) error {
	if f.err != nil {
		return f.err
	}
	lost := f.templates[app+"/"+id] // the first try loses to another writer, as it may in Firestore
	change(&lost)
	t := f.templates[app+"/"+id]
	if change(&t) {
		f.templates[app+"/"+id] = t
		f.templates[app+"/"+id+"/"+t.Fingerprint()] = t
	}

	return nil
}

// fakeSecrets has credentials by name.
type fakeSecrets struct {
	values    map[string]string
	forgotten []string
	err       error
}

func (f *fakeSecrets) Access(_ context.Context, name string) (config.Secret, error) {
	value, ok := f.values[name]
	switch {
	case f.err != nil:
		return config.Secret{}, f.err
	case !ok:
		return config.Secret{}, fault.New(fault.NotFound, "fake", "no such secret")
	}

	return config.NewSecret(value), nil
}

func (f *fakeSecrets) Forget(name string) { f.forgotten = append(f.forgotten, name) }

// plainProvider offers neither templates nor checks.
type plainProvider struct{}

func (plainProvider) Name() string                        { return "plain" }
func (plainProvider) Capabilities() provider.Capabilities { return provider.Capabilities{} }
func (plainProvider) CheckConfig(provider.App) error      { return nil }

// fakeProvider has one template, and says what it is told to.
type fakeProvider struct {
	plainProvider
	status   string
	category string
	// template is what it has, if it is more than an id with status and category; during is called while it answers.
	template *template.Template
	during   func()
	err      error
	check    provider.CheckResult
	asked    int
	app      provider.App
}

func (f *fakeProvider) Template(_ context.Context, _ *http.Client, app provider.App, id string) (template.Template, error) {
	f.asked++
	f.app = app

	if f.during != nil {
		f.during()
	}
	if f.template != nil {
		return *f.template, f.err
	}

	t := template.Template{ID: id, Status: f.status, Category: f.category}
	if f.category != "" {
		t.Name = "named"
	}

	return t, f.err
}

func (f *fakeProvider) Templates(context.Context, *http.Client, provider.App) ([]template.Template, error) {
	return nil, errDown
}

func (f *fakeProvider) Check(context.Context, *http.Client, provider.App) provider.CheckResult {
	f.asked++

	return f.check
}

func (f *fakeProvider) Explain(code string) string { return "about " + code }

type byName map[string]provider.Provider

func (b byName) Get(name string) (provider.Provider, bool) {
	p, ok := b[name]

	return p, ok
}

// world is an account with one app and one event, and what its settings are read from.
type world struct {
	clock    *clock.Manual
	store    *fakeStore
	secrets  *fakeSecrets
	provider *fakeProvider
	accounts *settings.Accounts
	apps     *settings.Apps
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{
		clock: clock.NewManual(noon),
		store: &fakeStore{
			accounts: map[string]account.Account{neem: {
				ID: neem, Slug: neemSlug, Sender: appID,
				Apps: map[string]account.App{
					appID:     {Provider: "fake", Number: "919000000801", Secret: "key", ProviderIDs: map[string]string{"a": "b"}},
					"plain":   {Provider: "plain", Secret: "key"},
					"strange": {Provider: "strange", Secret: "key"},
				},
				Events: map[string]account.Event{"e": {TemplateID: templated}},
			}},
			templates: map[string]store.Template{},
			shared:    map[string]account.Health{},
			writes:    map[string]int{},
		},
		secrets:  &fakeSecrets{values: map[string]string{"key": "value"}},
		provider: &fakeProvider{status: "APPROVED"},
	}
	o := settings.Options{Clock: w.clock, TTL: ttl, Timeout: time.Minute}
	w.accounts = settings.NewAccounts(w.store, o)
	w.apps = settings.NewApps(o, settings.Deps{
		Accounts:  w.accounts,
		Templates: w.store,
		Secrets:   w.secrets,
		Providers: byName{"fake": w.provider, "plain": plainProvider{}},
	})

	return w
}

// ref names the account's app and its template.
func ref() settings.Ref { return settings.Ref{AccountID: neem, AppID: appID, TemplateID: templated} }

// health is that of an app, as it is cached.
func (w *world) health(t *testing.T, app string) account.Health {
	t.Helper()
	a, err := w.accounts.Get(t.Context(), neem)
	if err != nil {
		t.Fatal(err)
	}

	return a.Apps[app].Health
}

// templateHealth is that of the event's template, as it is cached.
func (w *world) templateHealth(t *testing.T) account.Health {
	t.Helper()
	a, err := w.accounts.Get(t.Context(), neem)
	if err != nil {
		t.Fatal(err)
	}

	return a.Events["e"].Health
}

func (f *fakeStore) SumEstimates(context.Context, string, string, billing.Day, billing.Day) (int64, error) {
	return 0, f.err
}

func (f *fakeStore) ClosedUntil(_ context.Context, _ string, from, _ billing.Day) ([]store.ClosedDay, billing.Day, error) {
	return nil, from, f.err
}

func (f *fakeStore) RateCards(context.Context) ([]store.RateCard, error) { return nil, f.err }
