package settings

import (
	"context"
	"encoding/json"
	"log/slog"
	"maps"
	"strings"
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
	// State is "healthy", "held", "not_answering", "silent" or "agent_answering", and Before what people knew of it until now. Both are
	// the same in news of another quality or limit.
	State  account.State `json:"state"`
	Before account.State `json:"before"`
	// Reason is why it is held or not answering.
	Reason message.Cause `json:"reason,omitempty"`
	// Quality and Limit are there if they are others since the provider was last asked.
	Quality *changed `json:"quality,omitempty"`
	Limit   *changed `json:"limit,omitempty"`
	// Text says it to the brand, in plain sentences.
	Text string `json:"text"`
	// At is when the provider said so, or when it was noticed. The news of an app with the newest time is the one that counts.
	At time.Time `json:"at"`
}

// changed is a word of a provider's that was another before.
type changed struct {
	Before string `json:"before"`
	Now    string `json:"now"`
}

// changeOf returns the change of a word; nil if there is none, or if one of both is not known.
func changeOf(before, now string) *changed {
	if before == "" || now == "" || before == now {
		return nil
	}

	return &changed{Before: before, Now: now}
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

// watched returns a change of a condition that notes in before and after what it did to apps.
func watched(change func(*account.Condition) bool, before, after *map[string]account.App) func(*account.Condition) bool {
	return func(c *account.Condition) bool {
		now := maps.Clone(c.Apps)
		if change(c) {
			*before, *after = now, c.Apps
			return true
		}
		if *after != nil && !maps.EqualFunc(now, *after, sameHealth) { // else it has been written, and its answer was lost
			*after = nil
		}

		return false
	}
}

// sameHealth reports whether an app is told of in the same words.
func sameHealth(a, b account.App) bool {
	return a.Known() == b.Known() && a.Health.Reason == b.Health.Reason && a.Checked.Quality == b.Checked.Quality && a.Checked.Limit == b.Checked.Limit
}

// tell publishes what was changed of an account's apps. signs are those of apps that are told of by them.
func (n *Newsroom) tell(ctx context.Context, accountID string, before, after map[string]account.App, signs map[string]account.Signs) {
	if n == nil {
		return
	}

	for id, app := range after {
		was := before[id]

		news := appNews{
			Schema:    newsSchema,
			AccountID: accountID,
			AppID:     id,
			Provider:  app.Provider,
			Ownership: app.Ownership,
			State:     app.Known(),
			Before:    was.Known(),
			Reason:    app.Health.Reason,
			Quality:   changeOf(was.Checked.Quality, app.Checked.Quality),
			Limit:     changeOf(was.Checked.Limit, app.Checked.Limit),
		}
		if news.State == news.Before && was.Health.Reason == app.Health.Reason && news.Quality == nil && news.Limit == nil {
			continue
		}

		n.complete(&news, was, app, signs[id])

		if err := n.publish(ctx, news); err != nil {
			n.Logger.WarnContext(ctx, "news of an app was not published",
				"account_id", logging.Number(accountID), "app_id", logging.Word(id), "error", err)
		}
	}
}

// complete says in words what the news are, and when it was.
func (n *Newsroom) complete(news *appNews, was, app account.App, signs account.Signs) {
	now := n.Clock.Now()

	news.At = now.UTC()
	if was.Health.Reason != app.Health.Reason && !app.Health.Since.IsZero() {
		news.At = app.Health.Since.UTC()
	}

	app.Checked.At = time.Time{} // the news are what was found just now

	words := []string{app.Standing(signs, now).Text}
	if q := news.Quality; q != nil {
		words = append(words, "WhatsApp rates the quality of the number "+q.Now+" now; it was "+q.Before+".")
	}
	if l := news.Limit; l != nil {
		words = append(words, "The limit of shoppers whom the number may begin to write to in a day is "+l.Now+" now; it was "+l.Before+".")
	}

	news.Text = strings.Join(words, " ")
}

func (n *Newsroom) publish(ctx context.Context, news appNews) error {
	data, err := json.Marshal(news)
	if err != nil {
		return err
	}

	_, err = n.Publisher.Publish(ctx, queue.Message{
		Data:       data,
		Attributes: map[string]string{"account": news.AccountID, "app": news.AppID, "state": string(news.State)},
	})

	return err
}
