package intake

import (
	"context"
	"errors"

	"github.com/eshopbox/whatsapp-notifications/shared/logging"
	"github.com/eshopbox/whatsapp-notifications/shared/outcome"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// receiveTemplate takes news of a template: it marks our copy stale unless only the quality changed, and holds or releases
// what is sent with it.
func (i *Intake) receiveTemplate(ctx context.Context, c Callback) (outcome.Report, error) {
	t := c.Event.Template
	if t == nil {
		return c.report(outcome.Ignored), nil
	}

	ids := templateIDs(t)
	known, err := i.refreshTemplates(ctx, c, t.Change, ids)
	if err != nil {
		return c.report(outcome.Ignored), err
	}

	i.warnOfNews(ctx, c, t.Change, t.Status+t.Value)

	switch {
	case t.Change == "status" && c.AccountID != "":
		return i.applyNews(c, i.noteTemplateStatus(ctx, c, ids, t.Status))
	case known:
		return c.report(outcome.Applied), nil
	default:
		return c.report(outcome.Ignored), nil
	}
}

// refreshTemplates marks the stored copies of a template stale, so that the next send refetches them. It reports whether
// there is one.
func (i *Intake) refreshTemplates(ctx context.Context, c Callback, change string, ids []string) (known bool, err error) {
	switch change {
	case "components", "category", "status":
	default:
		return false, nil
	}

	for _, id := range ids {
		have, err := i.apps.RefreshTemplate(ctx, settings.Ref{AccountID: c.AccountID, AppID: c.AppID, TemplateID: id})
		if err != nil {
			return known, err
		}

		known = known || have
	}

	return known, nil
}

// noteTemplateStatus holds what is sent with the template, or releases it once it is approved.
func (i *Intake) noteTemplateStatus(ctx context.Context, c Callback, ids []string, status string) error {
	if status == "APPROVED" {
		return i.apps.ReleaseTemplates(ctx, c.AccountID, ids, c.happenedAt())
	}

	return i.apps.HoldTemplates(ctx, c.AccountID, ids, c.happenedAt())
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

// receiveAccount takes news that the provider account was blocked, or is usable again.
func (i *Intake) receiveAccount(ctx context.Context, c Callback) (outcome.Report, error) {
	e := c.Event.Account
	if e == nil {
		return c.report(outcome.Ignored), nil
	}

	i.warnOfNews(ctx, c, e.Change, e.Value)
	if !e.Blocked && !e.Restored || c.AccountID == "" {
		return c.report(outcome.Ignored), nil
	}

	ref := settings.Ref{AccountID: c.AccountID, AppID: c.AppID}
	if e.Blocked {
		return i.applyNews(c, i.apps.Block(ctx, ref, c.happenedAt()))
	}

	return i.applyNews(c, i.apps.Restore(ctx, ref, c.happenedAt()))
}

// applyNews reports the write of news; an account that is gone makes them foreign.
func (i *Intake) applyNews(c Callback, err error) (outcome.Report, error) {
	if errors.Is(err, store.ErrNotFound) {
		return c.report(outcome.Foreign), nil
	}

	return c.report(outcome.Applied), err
}

// warnOfNews logs news that cost money or reach when nobody acts: a template that will be charged as marketing, bad
// quality, an account that is warned.
func (i *Intake) warnOfNews(ctx context.Context, c Callback, change, value string) {
	i.logger.WarnContext(ctx, "provider changed a template or an account",
		"provider", c.Provider,
		"account_id", c.AccountID,
		"app_id", c.AppID,
		"change", logging.Word(change),
		"value", logging.Word(value))
}
