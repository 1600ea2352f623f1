package settings

import (
	"context"
	"errors"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

// templatesAtOnce is how many templates are asked for at the same time.
const templatesAtOnce = 8

// shelf is where the templates of one app are read, live.
type shelf struct {
	workspace *Workspace
	app       account.App
	offer     account.Offer
	connection
	catalogue provider.TemplateCatalogue
	// key names account and app.
	key string
}

// shelf returns that of an app of an account. It is NotFound if the app is not installed, and Conflict if messages of the app have no
// templates of ours, or if it has no credential.
func (w *Workspace) shelf(ctx context.Context, op string, a account.Account, appID string) (shelf, error) {
	app, installed := a.App(appID)
	if !installed {
		return shelf{}, noApp(op)
	}

	offers, err := w.offers(ctx, a)
	if err != nil {
		return shelf{}, err
	}

	offer := offers[appID]
	if offer.Forwards {
		return shelf{}, fault.New(fault.Conflict, op, "the app's provider chooses its texts itself, so that there are no templates")
	}

	c, err := w.connect(ctx, op, a, appID)
	if err != nil {
		return shelf{}, err
	}

	catalogue, ok := c.Provider.(provider.TemplateCatalogue)
	if !ok {
		return shelf{}, fault.New(fault.Conflict, op, "the app's provider has no list of templates")
	}

	return shelf{workspace: w, app: app, offer: offer, connection: c, catalogue: catalogue, key: a.ID + "/" + appID}, nil
}

// shows reports whether the account may see a template: all of its own app, and of the platform's those that events have there.
func (s shelf) shows(templateID string) bool {
	if s.app.Ownership != message.Platform {
		return true
	}

	for _, content := range s.offer.Templates {
		if content.TemplateID == templateID {
			return true
		}
	}

	return false
}

// one reads a template; provider.ErrNoTemplate if there is none of that id. Other errors are as [answered] has them.
func (s shelf) one(ctx context.Context, op, id string) (template.Template, error) {
	ctx, cancel := context.WithTimeout(ctx, s.workspace.timeout)
	defer cancel()

	t, err := s.catalogue.Template(ctx, s.workspace.client, s.App, id)
	if errors.Is(err, provider.ErrNoTemplate) {
		return template.Template{}, provider.ErrNoTemplate
	}

	return t, answered(op, err)
}

// all reads the templates that the account may see.
func (s shelf) all(ctx context.Context, op string) ([]template.Template, error) {
	ctx, cancel := context.WithTimeout(ctx, s.workspace.timeout)
	defer cancel()

	list, err := s.catalogue.Templates(ctx, s.workspace.client, s.App)
	if err != nil {
		return nil, answered(op, err)
	}

	return slices.DeleteFunc(list, func(t template.Template) bool { return !s.shows(t.ID) }), nil
}

// several reads templates, each id once and a few at a time. Ids that the provider does not know are not among them.
func (s shelf) several(ctx context.Context, op string, ids []string) (map[string]template.Template, error) {
	var (
		mu    sync.Mutex
		found = map[string]template.Template{}
	)

	running, ctx := errgroup.WithContext(ctx)
	running.SetLimit(templatesAtOnce)

	slices.Sort(ids)

	for _, id := range slices.Compact(ids) {
		running.Go(func() error {
			t, err := s.one(ctx, op, id)
			if errors.Is(err, provider.ErrNoTemplate) {
				return nil
			}
			if err != nil {
				return err
			}

			mu.Lock()
			defer mu.Unlock()

			found[id] = t

			return nil
		})
	}

	return found, running.Wait()
}

// explained is answered with the provider's own explanation of what is wrong with the app, where it has one.
func explained(op string, p provider.Provider, err error) error {
	refused, ok := errors.AsType[*provider.SendError](err)
	if !ok || refused.Class != message.ClassAccount {
		return answered(op, err)
	}

	detail := explain(p, refused.Code)
	if detail == "" {
		return answered(op, err)
	}

	return &fault.Error{Kind: fault.Upstream, Op: op, Code: string(provider.CheckUnknownApp), Msg: detail, Err: err}
}

// answered returns the error of a question to a provider as callers are told of it: Unavailable if the provider gave no answer, or is to
// be left alone for a while, and Upstream if it refused.
func answered(op string, err error) error {
	if err == nil {
		return nil
	}

	refused, ok := errors.AsType[*provider.SendError](err)
	e := &fault.Error{
		Kind: fault.Unavailable,
		Op:   op,
		Code: string(provider.CheckProviderDown),
		Msg:  "the provider's answer cannot be read; nothing was changed, try again after Retry-After",
		Err:  err,
	}

	switch {
	case !ok:
	case refused.Class == message.ClassAccount:
		e.Kind, e.Code, e.Msg = fault.Upstream, string(provider.CheckInvalidKey), "the provider does not take the app's credential; verify the app"
	case refused.Class == message.ClassThrottled:
		e.Code, e.Msg = string(provider.CheckThrottled), "the provider takes no more questions for now; try again after Retry-After"
	case refused.HTTPStatus == 0, refused.HTTPStatus >= 500:
		e.Msg = "the provider does not answer; nothing was changed, try again after Retry-After"
	case refused.Class == message.ClassBadRequest:
		e.Kind, e.Code, e.Msg = fault.Upstream, "", "the provider refuses the question; verify the app"
	}

	return e
}
