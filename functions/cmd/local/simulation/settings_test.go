package simulation

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/functions/workspace"
	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/boot"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/catalog"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
	"github.com/eshopbox/whatsapp-notifications/shared/wire"
)

// newWorkspace returns the use cases of a machine's workspace. What verifies tokens before them is left out.
func newWorkspace(ctx context.Context, f boot.Function) (*settings.Workspace, error) {
	var cfg workspace.Config
	if err := config.Load(ctx, f.Lookuper, &cfg); err != nil {
		return nil, err
	}

	db, err := wire.Store(ctx, f, cfg.Project)
	if err != nil {
		return nil, err
	}

	secrets := wire.Secrets(f, cfg.Project, cfg.Secrets)

	return settings.NewWorkspace(settings.WorkspaceDeps{
		Store: db, Secrets: secrets, Providers: catalog.New(cfg.Providers), Client: wire.Client(f, cfg.Client, cfg.Providers.Addresses()...),
		Timeout: cfg.Calls.Timeout, Keys: wire.WorkspaceKeys(secrets, cfg.Keys), WebhookURL: cfg.WebhookURL, Clock: f.Clock,
	}), nil
}

// userKeys is where nobody asks for the keys of tokens.
var userKeys = world.UserEnvironment(functionsURL + "/keys")

// operator is who saves settings.
var operator = access.Caller{Subject: "operator", Role: access.Editor, All: true}

// savings are the names that brands' operators have given to their apps: a save that nothing else changes. So it has to leave every mark of
// health as it is, however the two fall together, and no mark may take it back.
type savings struct {
	mu sync.Mutex
	// names are what each brand's app may be called.
	names map[int][]string
}

// rename has an operator save the settings of a brand, again until it is heard that they are saved.
func (w *World) rename(s Step) {
	brand := w.plan.Brands[s.Brand]
	app, name := w.plan.Apps[brand.Sender].ID, fmt.Sprintf("Named by step %d", s.ID)

	var before []string
	if w.untilSaved(s, func(ctx context.Context, office *settings.Workspace, seen settings.Seen) error {
		before = w.savings.begin(s.Brand, name)
		_, err := office.RenameApp(ctx, operator, brand.ID, app, name, seen)

		return err
	}) {
		w.savings.end(s.Brand, name, before)
	}
}

// untilSaved has an operator save settings of a brand, again until it is heard that they are saved, and reports whether it was.
func (w *World) untilSaved(s Step, save func(context.Context, *settings.Workspace, settings.Seen) error) bool {
	for try := 1; try <= 12; try++ {
		attempt := fmt.Sprintf("%s, try %d", s.name(), try)
		m := w.machine(attempt)
		by := m.actor(attempt)
		watched := by.watch()

		err := w.save(withActor(background(), by), m, w.plan.Brands[s.Brand].ID, save)

		switch {
		case m.isDead():
			w.note("%s: nobody hears whether it is saved", attempt)
		case err == nil:
			w.note("%s: brand %d is saved", attempt, s.Brand)
			return true
		default:
			w.note("%s: brand %d is not saved: %s", attempt, s.Brand, fault.KindOf(err))

			struck := w.anyStruckSince(watched.began.Add(-longestStall - time.Minute))
			if k := fault.KindOf(err); k != fault.Stale && k != fault.Conflict && !struck && !watched.excused() {
				w.oracle.find("%s: the settings cannot be saved, although nothing stands in the way: %v", attempt, err)
			}
		}

		time.Sleep(time.Second << try)
	}

	return false
}

func (*World) save(ctx context.Context, m *machine, brand string, save func(context.Context, *settings.Workspace, settings.Seen) error) error {
	office, err := newWorkspace(ctx, m.function)
	if err != nil {
		return err
	}

	a, err := office.Account(ctx, operator, brand)
	if err != nil {
		return err
	}

	return save(ctx, office, settings.Seen{Version: a.Version, Named: true})
}

// begin takes note that an app gets a name, and returns those that it may have had before.
func (s *savings) begin(brand int, name string) (before []string) {
	s.mu.Lock()
	defer s.mu.Unlock()

	if s.names == nil {
		s.names = map[int][]string{}
	}

	before = slices.Clone(s.names[brand])
	s.names[brand] = append(s.names[brand], name)

	return before
}

// end takes note that an app has got a name, so that those before it are gone.
func (s *savings) end(brand int, name string, before []string) {
	s.mu.Lock()
	defer s.mu.Unlock()

	s.names[brand] = append(slices.DeleteFunc(s.names[brand], func(n string) bool { return slices.Contains(before, n) || n == name }), name)
}

// savedAtRest looks whether what was saved last is still there.
func (w *World) savedAtRest() {
	w.savings.mu.Lock()
	defer w.savings.mu.Unlock()

	for i, b := range w.plan.Brands {
		names := w.savings.names[i]
		if len(names) == 0 {
			continue
		}

		a, err := w.parts.Store.Account(w.ctx, b.ID)
		if err != nil {
			w.oracle.find("brand %d: the account cannot be read: %v", i, err)
			continue
		}

		if app, _ := a.App(w.plan.Apps[b.Sender].ID); !slices.Contains(names, app.Name) {
			w.oracle.find("brand %d: its app is called %q, and not %q as it was saved", i, app.Name, names)
		}
	}
}

// saves draws when operators save settings: while all sorts of things go wrong, and as news come.
func (d *drawing) saves() {
	if !d.one(3) {
		return
	}

	for range 1 + d.IntN(6) {
		at := d.busyTime()
		if s := pick(d, d.plan.Steps...); s.Kind == News {
			at = s.At + d.between(0, 2*time.Second)
		}
		if len(d.plan.Outages) > 0 && d.one(2) {
			at = pick(d, d.plan.Outages...).From + d.between(0, 2*time.Minute)
		}

		d.step(Step{Kind: Renames, Brand: d.IntN(len(d.plan.Brands)), At: min(at, d.plan.Until)})
	}
}
