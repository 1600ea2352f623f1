package intake

import (
	"context"
	"errors"
	"log/slog"
	"slices"

	"github.com/eshopbox/whatsapp-notifications/shared/logging"
	"github.com/eshopbox/whatsapp-notifications/shared/outcome"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// receiveTemplate takes news of a template: it marks our copy stale unless only the quality changed, and holds or releases
// what is sent with it, or has it checked.
func (i *Intake) receiveTemplate(ctx context.Context, c Callback) (outcome.Report, error) {
	t := c.Event.Template
	if t == nil {
		return c.report(outcome.Ignored), nil
	}

	ids := templateIDs(t)
	told, err := i.keepTold(ctx, c, t, ids)
	if err != nil {
		return c.report(outcome.Ignored), err
	}

	i.warnOfNews(ctx, c, t.Change, t.Status+t.Value)

	if t.Change == "quality" {
		return i.rateTemplate(ctx, c, ids, t.Value)
	}

	switch t.Change {
	case "status", "category", "components":
	default: // nothing is held for what is only announced
		if told.known {
			return c.report(outcome.Applied), nil
		}

		return c.report(outcome.Ignored), nil
	}

	if told.outdated {
		return c.report(outcome.Applied), nil
	}

	return i.tellAccounts(ctx, c, told.known, func(a store.AppUser) error {
		if a.Sender != c.AppID {
			return nil // its templates are those of another app, and may have the same names
		}

		known := ids
		if !told.known {
			var err error
			if known, err = i.knownAs(ctx, c, a.AccountID, ids); err != nil {
				return err
			}
		}

		return i.noteTemplate(ctx, c, a.AccountID, known)
	})
}

// knownAs returns the ids by which an account may know a template that no copy is stored of by its ids in the news: Gupshup's newer form names
// templates by WhatsApp's own. Copies of the template are marked stale.
func (i *Intake) knownAs(ctx context.Context, c Callback, accountID string, ids []string) ([]string, error) {
	t := c.Event.Template

	named, err := i.apps.NamedTemplates(ctx, settings.Ref{AccountID: accountID, AppID: c.AppID}, t.Name, t.Language)
	if err != nil {
		return nil, err
	}

	for _, id := range named {
		if _, err = i.apps.RefreshTemplate(ctx, settings.Ref{AccountID: c.AccountID, AppID: c.AppID, TemplateID: id}); err != nil {
			return nil, err
		}
	}

	return append(slices.Clone(ids), named...), nil
}

// toldCopy says what came of keeping news of a template with its stored copy: known that there is one, outdated that newer news were heard before.
type toldCopy struct{ known, outdated bool }

// keepTold keeps news of a template with its stored copies. What it says, may do or costs has them read again before the next send. A category,
// or that one is to come, is believed where the news are proved, so that an old copy does not go on as another one while the provider's list cannot be read.
func (i *Intake) keepTold(ctx context.Context, c Callback, t *provider.TemplateEvent, ids []string) (told toldCopy, err error) {
	proved := !i.apps.Forgeable(c.Provider)

	for _, id := range ids {
		r := settings.Ref{AccountID: c.AccountID, AppID: c.AppID, TemplateID: id}

		var known, outdated bool

		switch {
		case t.Change == "category" && proved:
			known, outdated, err = i.apps.ToldCategory(ctx, r, t.Value, c.happenedAt())
		case t.Change == "category_alert" && proved:
			known, err = i.apps.AnnouncedCategory(ctx, r, t.Value, c.happenedAt())
		case t.Change == "category", t.Change == "category_alert", t.Change == "components", t.Change == "status":
			known, err = i.apps.RefreshTemplate(ctx, r)
		}

		if err != nil {
			return told, err
		}

		told.known, told.outdated = told.known || known, told.outdated || outdated
	}

	return told, nil
}

// noteTemplate holds what an account sends with the template, or releases it. Where anybody may have told the news, or they do not say all,
// it has the provider asked.
func (i *Intake) noteTemplate(ctx context.Context, c Callback, accountID string, ids []string) error {
	t, at := c.Event.Template, c.happenedAt()
	app := settings.Ref{AccountID: accountID, AppID: c.AppID}

	switch {
	case i.apps.Forgeable(c.Provider), t.Change == "components":
		return i.apps.RequestTemplateChecks(ctx, app, ids, at)
	case t.Change == "category":
		return i.apps.ReclassTemplates(ctx, app, ids, t.Value, at)
	case t.Status == "APPROVED":
		return i.apps.ReleaseTemplates(ctx, app, ids, at)
	default:
		return i.apps.HoldTemplates(ctx, app, ids, settings.HeldByStatus(t.Status, t.Reason), at)
	}
}

// templateIDs returns the ids by which settings may know the template: the provider's, and name with language, which
// stands for the id where a provider's list of templates has none.
func templateIDs(t *provider.TemplateEvent) []string {
	ids := []string{t.ID}
	if byName := t.Name + ":" + t.Language; t.Name != "" && t.Language != "" && byName != t.ID {
		ids = append(ids, byName)
	}

	return ids
}

// receiveAccount takes news that the provider account was blocked, or is usable again. Where anybody may have told so, it has the
// provider asked instead. What a check of the app cannot show then holds and releases nothing: it is logged, and a send that fails
// will tell.
func (i *Intake) receiveAccount(ctx context.Context, c Callback) (outcome.Report, error) {
	e := c.Event.Account
	if e == nil {
		return c.report(outcome.Ignored), nil
	}

	if e.Agent {
		return c.report(outcome.Applied), nil // noted already, and told of each conversation
	}

	i.warnOfNews(ctx, c, e.Change, e.Value)

	if e.Quality != "" || e.Limit != "" {
		return i.rateNumber(ctx, c, *e)
	}
	if !e.Blocked && !e.Restored {
		return c.report(outcome.Ignored), nil
	}

	return i.tellAccounts(ctx, c, false, func(a store.AppUser) error {
		ref := settings.Ref{AccountID: a.AccountID, AppID: c.AppID}
		if i.apps.Forgeable(c.Provider) {
			return i.apps.RequestCheck(ctx, ref, c.happenedAt())
		}
		if e.Blocked {
			return i.apps.Block(ctx, ref, c.happenedAt(), min(e.RetryAfter, longestWait))
		}

		return i.apps.Restore(ctx, ref, c.happenedAt())
	})
}

// tellAccounts notes news at the account of its app, or at every account behind the platform's app, and reports what they led
// to. known says that they concern us even where there is no account. After a failure the news are delivered again, and change
// nothing where they were noted already.
func (i *Intake) tellAccounts(ctx context.Context, c Callback, known bool, note func(store.AppUser) error) (outcome.Report, error) {
	if c.AccountID == "" {
		found, err := i.accounts.ForUsers(ctx, c.Provider, c.AppID, note)
		if !known && !found {
			return c.report(outcome.Ignored), err
		}

		return c.report(outcome.Applied), err
	}

	err := note(store.AppUser{AccountID: c.AccountID, Sender: c.AppID})
	if errors.Is(err, store.ErrNotFound) {
		return c.report(outcome.Foreign), nil
	}

	return c.report(outcome.Applied), err
}

// warnOfNews logs news that cost money or reach when nobody acts: a template that will be charged as marketing, bad
// quality, an account that is warned. News that anybody may have made are no warning: the provider is asked first.
func (i *Intake) warnOfNews(ctx context.Context, c Callback, change, value string) {
	level := slog.LevelWarn
	if i.apps.Forgeable(c.Provider) {
		level = slog.LevelInfo
	}

	i.logger.Log(ctx, level, "provider changed a template or an account",
		"provider", c.Provider,
		"account_id", c.AccountID,
		"app_id", c.AppID,
		"change", logging.Word(change),
		"value", logging.Word(value))
}

// noteAgent notes on the app that an assistant of the provider's answers shoppers on its number: its news tell so, or a shopper's
// message came on the field for conversations that another sender holds.
func (i *Intake) noteAgent(ctx context.Context, c Callback) error {
	told := c.Event.Account != nil && c.Event.Account.Agent
	if c.AppID == "" || !told && !c.Event.Standby {
		return nil
	}

	wrote, err := i.outcomes.NoteAgent(ctx, c.AppID, c.witnessed())
	if wrote && err == nil {
		i.logger.InfoContext(ctx, "an assistant of the provider answers on the number",
			"provider", c.Provider,
			"account_id", c.AccountID,
			"app_id", c.AppID)
	}

	return err
}

// warnOfField logs a field that no parser reads, by its name and its shape. The line is counted by provider and field: it is the
// first that is seen of something new at a provider.
func (i *Intake) warnOfField(ctx context.Context, c Callback) {
	u := c.Event.UnreadField
	if u == nil {
		return
	}

	i.logger.WarnContext(ctx, "a provider sent a field that nobody reads",
		"provider", c.Provider,
		"account_id", c.AccountID,
		"app_id", c.AppID,
		"field", logging.Word(u.Name),
		"shape", u.Shape)
}
