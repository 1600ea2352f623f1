package settings

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

// reclassedDetail says of news of an order what its template's category means.
const reclassedDetail = "WhatsApp has the template in the category MARKETING: each message costs more, and only shoppers who agreed to marketing may get it."

// use is a template as an event is told with it.
type use struct {
	kind    string
	filling template.Filling
	// approved is the copy that the event was mapped to; nil if it is not known.
	approved *template.Template
}

// judge returns what the present copy of a template is good for: held for its status, for what fills it no longer going with its text, or
// for its category. What was wrong with the mapping already when it was saved holds nothing, but for the number and the names of placeholders.
func (c connection) judge(ctx context.Context, present template.Template, u use) account.Judged {
	held := func(reason account.HeldBy) account.Judged {
		return account.Judged{Answer: account.Refused, HeldBy: reason}
	}

	if !present.Sendable() {
		return held(HeldByStatus(present.Status, ""))
	}

	kind, _ := order.ParseKind(u.kind)
	on := template.Use{Event: kind, Filling: u.filling}
	findings := c.lint(ctx, present, on)

	before := findings
	if u.approved != nil {
		before = c.lint(ctx, *u.approved, on)
	}

	if wrong := template.NewErrors(before, findings); len(wrong) > 0 {
		return held(account.HeldBy{Reason: account.TemplateHeld, Detail: "The template was edited at WhatsApp. " + wrong[0].Message})
	}

	if present.IsMarketing() && !account.IsMarketing(u.kind) {
		return held(account.HeldBy{Reason: account.CategoryHeld, Detail: reclassedDetail})
	}

	return account.Judged{Answer: account.Works}
}

// statusDetail says what status a template has at WhatsApp, and the provider's reason where it gives one.
func statusDetail(status, reason string) string {
	text := fmt.Sprintf("The template's status at WhatsApp is %s.", strings.ToUpper(status))
	if reason != "" {
		text += " The provider's reason: " + reason + "."
	}

	return text
}

// HeldByStatus returns why a template is held whose status, in the provider's word, does not let it be sent.
func HeldByStatus(status, reason string) account.HeldBy {
	return account.HeldBy{Reason: account.TemplateHeld, Detail: statusDetail(status, reason)}
}

// guard judges the templates that an account's events are told with through its sender.
type guard struct {
	apps  *Apps
	owner account.Account
	// copies are those that were read so far, by the templates' ids, and judged is what was found out, by the kinds of events.
	copies map[string]fetched
	judged map[string]account.Judged
}

// fetched is the provider's answer to the question for a template.
type fetched struct {
	connection connection
	kept       store.Template
	err        error
}

func (a *Apps) guard(owner account.Account) guard {
	return guard{apps: a, owner: owner, copies: map[string]fetched{}, judged: map[string]account.Judged{}}
}

// judge finds out whether the template of an event can be sent. It asks the provider once for each template, and not at all for one that it
// has shown just now.
func (g guard) judge(ctx context.Context, kind string) {
	e := g.owner.Events[kind]

	f, asked := g.copies[e.TemplateID]
	if !asked {
		f = g.fetch(ctx, e.TemplateID)
		g.copies[e.TemplateID] = f
	}

	j, err := g.judgeCopy(ctx, kind, f)
	if err != nil {
		j = account.Judged{Answer: account.NoAnswer}
	}

	g.judged[kind] = j
}

// known is what the provider said of a template, by the copy that is stored.
func (g guard) known(ctx context.Context, kept store.Template) fetched {
	f := fetched{kept: kept}
	f.connection, f.err = g.apps.connect(ctx, Ref{AccountID: g.owner.ID, AppID: g.owner.Sender})

	return f
}

// fetch reads a template from the provider, or what it said of it just now.
func (g guard) fetch(ctx context.Context, templateID string) fetched {
	ctx, cancel := context.WithTimeout(ctx, g.apps.timeout)
	defer cancel()

	r := Ref{AccountID: g.owner.ID, AppID: g.owner.Sender, TemplateID: templateID}

	var f fetched

	if f.connection, f.err = g.apps.connect(ctx, r); f.err != nil {
		return f
	}

	seen, err := g.apps.store.SeeTemplate(ctx, r.AppID, r.TemplateID)
	if err == nil && seen.CheckedAt.After(g.apps.clock.Now().Add(-justNow)) {
		f.kept = seen.Template
		return f
	}

	f.kept, f.err = g.apps.fetchThrough(ctx, f.connection, r, seen)
	g.apps.templates.Forget(r)

	return f
}

// judgeCopy judges what was read for an event. An error means that nothing is known.
func (g guard) judgeCopy(ctx context.Context, kind string, f fetched) (account.Judged, error) {
	if errors.Is(f.err, provider.ErrNoTemplate) {
		return account.Judged{Answer: account.Refused, HeldBy: account.HeldBy{Reason: account.TemplateHeld, Detail: "The provider has no such template."}}, nil
	}
	if f.err != nil {
		return account.Judged{}, f.err
	}

	e := g.owner.Events[kind]

	var approved *template.Template

	if f.kept.Sendable() { // else it does not matter what it says
		var err error
		if approved, err = approvedCopy(ctx, g.apps.store, g.owner.Sender, f.kept, e.Filling); err != nil {
			return account.Judged{}, err
		}
	}

	return f.connection.judge(ctx, f.kept.Template, use{kind: kind, filling: e.Filling, approved: approved}), nil
}

// note writes what was found out into the condition, and returns how many templates recovered. It may be called again on a fresh one.
func (g guard) note(c *account.Condition, now time.Time) (changed bool, recovered int) {
	released := map[string]bool{}

	for kind, j := range g.judged {
		e := g.owner.Events[kind]
		if c.JudgeTemplate(kind, e.TemplateID, e.Health, j, now) {
			changed = true
			if j.Answer == account.Works && !e.Health.Healthy() {
				released[e.TemplateID] = true
			}
		}
	}

	return changed, len(released)
}

// templateCopies reads copies of templates by their content.
type templateCopies interface {
	TemplateCopy(ctx context.Context, appID, templateID, fingerprint string) (store.Template, error)
}

// approvedCopy returns the copy of a template that an event was mapped to; nil if nobody knows it.
func approvedCopy(ctx context.Context, from templateCopies, appID string, kept store.Template, f template.Filling) (*template.Template, error) {
	fingerprint := cmp.Or(f.Copy, kept.Approved)

	switch fingerprint {
	case "":
		return nil, nil //nolint:nilnil // there is none, which is no error
	case kept.Fingerprint():
		return &kept.Template, nil
	}

	approved, err := from.TemplateCopy(ctx, appID, kept.ID, fingerprint)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil //nolint:nilnil // as above
	}

	return &approved.Template, err
}

// NamedTemplates lists the ids of the templates of an account's events that have a name and a language, by their stored copies. A language
// without a country stands for that with one, if no other has it exactly.
func (a *Apps) NamedTemplates(ctx context.Context, r Ref, name, language string) ([]string, error) {
	owner, err := a.accounts.Get(ctx, r.AccountID)
	if err != nil || name == "" {
		return nil, err
	}

	copies, err := a.store.Templates(ctx, r.AppID, usedBy(owner, func(string) bool { return true }))
	if err != nil {
		return nil, err
	}

	var exact, near []string

	for _, id := range slices.Sorted(maps.Keys(copies)) {
		switch kept := copies[id]; {
		case kept.Name != name:
		case strings.EqualFold(kept.Language, language):
			exact = append(exact, id)
		case base(kept.Language) == base(language):
			near = append(near, id)
		}
	}

	if len(exact) > 0 {
		return exact, nil
	}

	return near, nil
}

// base returns a language without its country.
func base(language string) string {
	bare, _, _ := strings.Cut(strings.ToLower(language), "_")
	return bare
}

// usedBy lists, sorted and each once, the ids of the templates that some of the account's events are told with, by their kinds.
func usedBy(a account.Account, some func(kind string) bool) []string {
	var ids []string
	for kind, e := range a.Events {
		if e.TemplateID != "" && some(kind) {
			ids = append(ids, e.TemplateID)
		}
	}

	slices.Sort(ids)

	return slices.Compact(ids)
}
