package dispatch

import (
	"context"

	"github.com/eshopbox/whatsapp-notifications/shared/logging"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
)

// noteUnlisted tells loudly of a code that is in none of a provider's tables: somebody must find out what it means.
func (d *Dispatcher) noteUnlisted(ctx context.Context, providerName, appID string, e effect) {
	if e.Cause == message.CauseUnlisted {
		d.Logger.ErrorContext(ctx, "provider named a code that no table has",
			"provider", logging.Word(providerName), "app_id", logging.Word(appID), "code", logging.Word(e.Code))
	}
}

// markUnhealthy notes on the account why an app or a template cannot send.
func (d *Dispatcher) markUnhealthy(ctx context.Context, m message.Message, e effect) error {
	r := settings.Ref{AccountID: m.AccountID, AppID: m.AppID, TemplateID: m.TemplateID}

	return d.apps.NoteFailure(ctx, r, e.Failure, e.at)
}
