package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

var (
	errToken     = errors.New("the app has no such token; webhook-add -n lists those that it has")
	errNoToken   = errors.New("APP/TOKEN is needed, as webhook-add -n lists it")
	errLastToken = errors.New("it is the app's last token: callbacks, STOPs included, would have no app. webhook-add adds another; -f ends it all the same")
)

// putWebhook adds a token to a webhook, and shows its path once.
func (o ops) putWebhook(ctx context.Context, hook store.Webhook) error {
	token := rand.Text()
	if err := o.store.PutWebhook(ctx, token, hook); err != nil {
		return err
	}

	o.say("app %s has a webhook, shown this once: /%s/%s", hook.AppID, hook.Provider, token)
	o.note.Result("added a token")

	return nil
}

// addWebhook lists the tokens of an app and adds one, which works beside them.
func (o ops) addWebhook(ctx context.Context, appID string, dry bool) error {
	tokens, err := o.webhookTokens(ctx, appID)
	if err != nil {
		return err
	}

	for _, t := range tokens {
		o.say("token %s/%s, added at %s", appID, t.ID, t.AddedAt.UTC().Format(time.RFC3339))
	}

	if dry {
		o.say("app %s would get another token", appID)
		return nil
	}

	if err = o.begin(ctx, appID); err != nil {
		return err
	}

	return o.putWebhook(ctx, tokens[len(tokens)-1].Webhook)
}

// webhookTokens returns the tokens of an app; an error if it has none, or if accounts have different apps of that id.
func (o ops) webhookTokens(ctx context.Context, appID string) ([]store.WebhookToken, error) {
	tokens, err := o.store.WebhookTokens(ctx, appID)
	if err != nil {
		return nil, err
	}
	if len(tokens) == 0 {
		return nil, fmt.Errorf("app %s has no webhook; its install over the workspace API makes the first one", appID)
	}

	for _, t := range tokens {
		if t.AccountID != tokens[0].AccountID {
			return nil, fmt.Errorf("app %s is one of account %q and one of account %q", appID, tokens[0].AccountID, t.AccountID)
		}
	}

	return tokens, nil
}

// endWebhook ends a token, named by its app and its hash, so that the token itself is in no shell's history. The last one of an app it
// ends by force only.
func (o ops) endWebhook(ctx context.Context, subject string, dry bool) error {
	cut := max(strings.LastIndexByte(subject, '/'), 0)
	appID, id := subject[:cut], strings.TrimPrefix(subject[cut:], "/")
	if appID == "" || id == "" {
		return errNoToken
	}

	tokens, err := o.webhookTokens(ctx, appID)
	if err != nil {
		return err
	}

	found := slices.IndexFunc(tokens, func(t store.WebhookToken) bool { return t.ID == id })
	if found < 0 {
		return errToken
	}

	left := len(tokens) - 1
	if left == 0 && !o.force {
		return errLastToken
	}
	if dry {
		o.say("app %s would have %s left", appID, count(left, "token"))
		return nil
	}

	if err = o.begin(ctx, subject); err != nil {
		return err
	}
	if err = o.store.EndWebhookToken(ctx, tokens[found].ID); err != nil {
		return err
	}

	o.did("ended: app %s has %s left. webhook knows the ended one for SETTINGS_TTL more, 30s at most", appID, count(left, "token"))

	return nil
}
