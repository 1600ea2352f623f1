package store

import (
	"context"
	"time"

	"cloud.google.com/go/firestore"
)

// Webhook says which app a webhook URL belongs to.
type Webhook struct {
	Provider string `firestore:"provider"`
	AppID    string `firestore:"app"`
	// AccountID is empty for the platform's own app, which several accounts send through.
	AccountID string `firestore:"account"`
	// ProviderIDs are the provider's own names of the connection, by which others' callbacks are told apart.
	ProviderIDs map[string]string `firestore:"providerIds"`
	// Signing are the Secret Manager names of the secrets that callbacks are signed with or carry; several are valid
	// while one is being replaced.
	Signing []string `firestore:"signing"`
}

// WebhookByToken finds the app of a webhook URL's token; ErrNotFound if the token is nobody's. Only the token's hash is
// stored, and only the hash is compared, so that timing tells nothing of it.
func (s *Store) WebhookByToken(ctx context.Context, token string) (Webhook, error) {
	snap, err := s.client.Collection("webhookTokens").Doc(hashID("token", token)).Get(ctx)
	if err != nil {
		return Webhook{}, failure("store.WebhookByToken", err)
	}
	var w Webhook
	if err := snap.DataTo(&w); err != nil {
		return Webhook{}, failure("store.WebhookByToken", err)
	}

	return w, nil
}

// PutWebhook makes a token belong to an app.
func (s *Store) PutWebhook(ctx context.Context, token string, w Webhook) error {
	_, err := s.client.Collection("webhookTokens").Doc(hashID("token", token)).Set(ctx, w)
	return failure("store.PutWebhook", err)
}

// RecordCallbackTime notes that the app had a callback.
func (s *Store) RecordCallbackTime(ctx context.Context, appID string, at time.Time) error {
	_, err := s.client.Collection("callbacks").Doc(safeID(appID)).Set(ctx, map[string]any{"lastAt": firestore.FieldTransformMaximum(at.UnixMilli())}, firestore.MergeAll)
	return failure("store.RecordCallbackTime", err)
}

// LastCallbackTime is when the app last had a callback; the zero time if it never had one.
func (s *Store) LastCallbackTime(ctx context.Context, appID string) (time.Time, error) {
	return s.readMillis(ctx, s.client.Collection("callbacks").Doc(safeID(appID)), "lastAt")
}

// PutHeartbeat notes that receive has handled what was published to provider-events by then.
func (s *Store) PutHeartbeat(ctx context.Context, published time.Time) error {
	_, err := s.client.Collection("system").Doc("heartbeat").Set(ctx, map[string]any{"passed": firestore.FieldTransformMaximum(published.UnixMilli())}, firestore.MergeAll)
	return failure("store.PutHeartbeat", err)
}

// Heartbeat is the time up to which receive is known to have handled provider-events; zero if that is not known.
func (s *Store) Heartbeat(ctx context.Context) (time.Time, error) {
	return s.readMillis(ctx, s.client.Collection("system").Doc("heartbeat"), "passed")
}

func (s *Store) readMillis(ctx context.Context, ref *firestore.DocumentRef, field string) (time.Time, error) {
	snaps, err := s.client.GetAll(ctx, []*firestore.DocumentRef{ref})
	if err != nil {
		return time.Time{}, failure("store.readMillis", err)
	}
	if len(snaps) == 0 || !snaps[0].Exists() {
		return time.Time{}, nil
	}

	ms, ok := snaps[0].Data()[field].(int64)
	if !ok {
		return time.Time{}, nil
	}

	return time.UnixMilli(ms), nil
}
