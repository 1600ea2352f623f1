package settings

import (
	"context"
	"encoding/json"
	"log/slog"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/logging"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/queue"
)

// appNews is a change of how an app of an account does, as account-news has it in JSON. It holds no credential and no shopper.
type appNews struct {
	// Schema is the form of the news, 1.
	Schema    int               `json:"schema"`
	AccountID string            `json:"accountId"`
	AppID     string            `json:"appId"`
	Provider  string            `json:"provider"`
	Ownership message.Ownership `json:"ownership"`
	// State is "healthy", "held" or "not_answering", and Before what it was.
	State  account.State `json:"state"`
	Before account.State `json:"before"`
	// Reason is why it is held or not answering.
	Reason message.Cause `json:"reason,omitempty"`
	// Text says it to the brand, in plain sentences.
	Text string `json:"text"`
	// At is when the provider said so. The news of an app with the newest time is the one that counts.
	At time.Time `json:"at"`
}

// newsSchema is the form of the news that this build writes.
const newsSchema = 1

// NewsPublisher publishes to account-news.
type NewsPublisher interface {
	Publish(ctx context.Context, m queue.Message) (string, error)
}

// Newsroom publishes how apps do when that changes, so that the platform can tell their brands. News that cannot be published are lost, with a
// line in the log: the health of an app is what its account says. The nil Newsroom publishes nothing.
type Newsroom struct {
	Publisher NewsPublisher
	Clock     clock.Clock
	Logger    *slog.Logger
}

// healths returns the health of each app.
func healths(apps map[string]account.App) map[string]account.Health {
	all := make(map[string]account.Health, len(apps))
	for id, app := range apps {
		all[id] = app.Health
	}

	return all
}

// watched returns a change of a condition that notes in before and after what it did to apps.
func watched(change func(*account.Condition) bool, before *map[string]account.Health, after *map[string]account.App) func(*account.Condition) bool {
	return func(c *account.Condition) bool {
		*before, *after = healths(c.Apps), nil

		changed := change(c)
		if changed {
			*after = c.Apps
		}

		return changed
	}
}

// tell publishes what was changed of an account's apps.
func (n *Newsroom) tell(ctx context.Context, accountID string, before map[string]account.Health, after map[string]account.App) {
	if n == nil {
		return
	}

	for id, app := range after {
		if before[id].Reason == app.Health.Reason {
			continue
		}

		if err := n.publish(ctx, accountID, id, before[id], app); err != nil {
			n.Logger.WarnContext(ctx, "news of an app was not published",
				"account_id", logging.Number(accountID), "app_id", logging.Word(id), "error", err)
		}
	}
}

func (n *Newsroom) publish(ctx context.Context, accountID, appID string, before account.Health, app account.App) error {
	now := n.Clock.Now()
	is, was := app, app
	is.Checked, was.Health = account.Checked{}, before

	at := app.Health.Since
	if at.IsZero() {
		at = now
	}

	standing := is.Standing(account.Signs{}, now)

	data, err := json.Marshal(appNews{
		Schema:    newsSchema,
		AccountID: accountID,
		AppID:     appID,
		Provider:  app.Provider,
		Ownership: app.Ownership,
		State:     standing.State,
		Before:    was.Standing(account.Signs{}, now).State,
		Reason:    app.Health.Reason,
		Text:      standing.Text,
		At:        at.UTC(),
	})
	if err != nil {
		return err
	}

	_, err = n.Publisher.Publish(ctx, queue.Message{
		Data:       data,
		Attributes: map[string]string{"account": accountID, "app": appID, "state": string(standing.State)},
	})

	return err
}
