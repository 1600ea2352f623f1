package dispatch

import (
	"context"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/logging"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
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
	defer d.accounts.Forget(m.AccountID)
	return d.Store.ChangeCondition(ctx, m.AccountID, func(f *account.Condition) bool {
		if e.Class == message.ClassTemplatePaused {
			return f.HoldTemplate(m.TemplateID, e.at)
		}
		detail := d.explain(f.Apps[m.AppID].Provider, e.Code)

		return f.FailApp(m.AppID, healthReason(e), detail, e.at, d.Clock.Now())
	})
}

// explain is what a provider has to tell the brand of a code; empty if nothing.
func (d *Dispatcher) explain(providerName, code string) string {
	p, _ := d.Providers.Get(providerName)
	if e, ok := p.(provider.Explainer); ok {
		return e.Explain(code)
	}
	return ""
}

func healthReason(e effect) message.Cause {
	if e.Cause == "" {
		return message.CauseBlocked
	}
	return e.Cause
}
