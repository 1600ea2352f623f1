package store

import (
	"context"
	"time"

	"cloud.google.com/go/firestore"

	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

// Callback says which app a webhook URL belongs to.
type Callback struct {
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

// CallbackByToken finds the app of a webhook URL's token; ErrNotFound if the token is nobody's. Only the token's hash is
// stored, and only the hash is compared, so that timing tells nothing of it.
func (s *Store) CallbackByToken(ctx context.Context, token string) (Callback, error) {
	snap, err := s.client.Collection("webhookTokens").Doc(hashID("token", token)).Get(ctx)
	if err != nil {
		return Callback{}, failure("store.CallbackByToken", err)
	}
	var c Callback
	if err := snap.DataTo(&c); err != nil {
		return Callback{}, failure("store.CallbackByToken", err)
	}
	return c, nil
}

// PutCallback makes a token belong to an app.
func (s *Store) PutCallback(ctx context.Context, token string, c Callback) error {
	_, err := s.client.Collection("webhookTokens").Doc(hashID("token", token)).Set(ctx, c)
	return failure("store.PutCallback", err)
}

// TouchCallback notes that the app had a callback.
func (s *Store) TouchCallback(ctx context.Context, appID string, at time.Time) error {
	_, err := s.client.Collection("callbacks").Doc(safeID(appID)).Set(ctx, map[string]any{"lastAt": firestore.FieldTransformMaximum(at.UnixMilli())}, firestore.MergeAll)
	return failure("store.TouchCallback", err)
}

// LastCallback is when the app last had a callback; the zero time if it never had one.
func (s *Store) LastCallback(ctx context.Context, appID string) (time.Time, error) {
	return s.readMillis(ctx, s.client.Collection("callbacks").Doc(safeID(appID)), "lastAt")
}

// PutHeartbeat notes that receive has worked off what was published to provider-events by then.
func (s *Store) PutHeartbeat(ctx context.Context, published time.Time) error {
	_, err := s.client.Collection("system").Doc("heartbeat").Set(ctx, map[string]any{"passed": firestore.FieldTransformMaximum(published.UnixMilli())}, firestore.MergeAll)
	return failure("store.PutHeartbeat", err)
}

// Heartbeat is the time up to which receive is known to have worked off provider-events; zero if that is not known.
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

// Template is the approved copy of a template as last seen.
type Template struct {
	template.Template
	CheckedAt time.Time `firestore:"checkedAt"`
}

func (s *Store) template(appID, templateID string) *firestore.DocumentRef {
	return s.client.Collection("templates").Doc(hashID("template", appID, templateID))
}

// Template reads the copy of a template; ErrNotFound if none was seen.
func (s *Store) Template(ctx context.Context, appID, templateID string) (Template, error) {
	snap, err := s.template(appID, templateID).Get(ctx)
	if err != nil {
		return Template{}, failure("store.Template", err)
	}
	var t Template
	if err := snap.DataTo(&t); err != nil {
		return Template{}, failure("store.Template", err)
	}
	return t, nil
}

// PutTemplate stores the copy of a template.
func (s *Store) PutTemplate(ctx context.Context, appID string, t Template) error {
	_, err := s.template(appID, t.ID).Set(ctx, t)
	return failure("store.PutTemplate", err)
}
