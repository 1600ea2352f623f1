package store

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"cloud.google.com/go/firestore"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
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
	snap, err := s.client.Collection("webhookTokens").Doc(WebhookTokenID(token)).Get(ctx)
	if err != nil {
		return Webhook{}, failure("store.WebhookByToken", err)
	}
	var w Webhook
	if err := snap.DataTo(&w); err != nil {
		return Webhook{}, failure("store.WebhookByToken", err)
	}

	return w, nil
}

// WebhookOfApp returns what belongs to some token of an app; ErrNotFound if the app has none. The account is empty for the
// platform's own app.
func (s *Store) WebhookOfApp(ctx context.Context, accountID, appID string) (Webhook, error) {
	const op = "store.WebhookOfApp"

	q := s.client.Collection("webhookTokens").Where("account", "==", accountID).Where("app", "==", appID).Limit(1)

	snaps, err := q.Documents(ctx).GetAll()
	if err != nil {
		return Webhook{}, unread(op, err)
	}
	if len(snaps) == 0 {
		return Webhook{}, ErrNotFound
	}

	var w Webhook
	if err := snaps[0].DataTo(&w); err != nil {
		return Webhook{}, failure(op, err)
	}

	return w, nil
}

// WebhookToken is what may be shown of a token of an app's webhook.
type WebhookToken struct {
	// ID is the token's hash, which does not tell the token.
	ID string
	// AddedAt is when it was added.
	AddedAt time.Time
	Webhook
}

// WebhookTokens lists the tokens of an app, the oldest first.
func (s *Store) WebhookTokens(ctx context.Context, appID string) ([]WebhookToken, error) {
	const op = "store.WebhookTokens"

	snaps, err := s.client.Collection("webhookTokens").Where("app", "==", appID).Documents(ctx).GetAll()
	if err != nil {
		return nil, unread(op, err)
	}

	tokens := make([]WebhookToken, len(snaps))
	for i, snap := range snaps {
		tokens[i] = WebhookToken{ID: snap.Ref.ID, AddedAt: snap.CreateTime}
		if err := snap.DataTo(&tokens[i].Webhook); err != nil {
			return nil, failure(op, err)
		}
	}

	slices.SortFunc(tokens, func(a, b WebhookToken) int { return cmp.Or(a.AddedAt.Compare(b.AddedAt), cmp.Compare(a.ID, b.ID)) })

	return tokens, nil
}

// EndWebhookToken deletes the token of that id; callbacks with it get 404 once caches have expired. Ending it again changes nothing.
func (s *Store) EndWebhookToken(ctx context.Context, id string) error {
	_, err := s.client.Collection("webhookTokens").Doc(id).Delete(ctx)
	return failure("store.EndWebhookToken", err)
}

// WebhookTokenID returns the id of a token, which does not tell the token.
func WebhookTokenID(token string) string { return hashID("token", token) }

// PutWebhook makes a token belong to an app, beside those that the app has. All of them are good until they are ended, so that one
// can be replaced without a gap.
func (s *Store) PutWebhook(ctx context.Context, token string, w Webhook) error {
	_, err := s.client.Collection("webhookTokens").Doc(WebhookTokenID(token)).Set(ctx, w)
	return failure("store.PutWebhook", err)
}

// ChangeSigning changes by what secrets the callbacks of an app are signed, at all its tokens at once. change gets the Secret Manager names of
// one token, and returns those that it is to have. It is called again if somebody else writes to them meanwhile, a few times, after which the
// error is ErrConflict.
func (s *Store) ChangeSigning(ctx context.Context, accountID, appID string, change func(names []string) []string) error {
	const op = "store.ChangeSigning"

	return untilNoConflict(func() error {
		snaps, err := s.client.Collection("webhookTokens").Where("app", "==", appID).Documents(ctx).GetAll()
		if err != nil {
			return unread(op, err)
		}

		b, writes := s.batch(), 0

		for _, snap := range snaps {
			var w Webhook
			if err = snap.DataTo(&w); err != nil {
				return failure(op, err)
			}

			next := change(slices.Clone(w.Signing))
			if w.AccountID != accountID || slices.Equal(next, w.Signing) {
				continue
			}

			b.Update(snap.Ref, []firestore.Update{{Path: "signing", Value: next}}, firestore.LastUpdateTime(snap.UpdateTime))
			writes++
		}

		if writes == 0 {
			return nil
		}

		_, err = commit(ctx, op, b)
		if errors.Is(err, ErrNotFound) {
			return ErrConflict // one was ended meanwhile
		}

		return err
	})
}

// AppTimes say whether an app takes messages, whether its callbacks come, and whether another sender answers on its number. Each
// only rises.
type AppTimes struct {
	// Taken is when the newest attempt was claimed that the provider is known to have taken.
	Taken time.Time
	// Witness is the newest provider time of a status of our own messages that was dealt with, and never later than it came.
	Witness time.Time
	// Agent is the newest time at which an assistant of the provider's is known to answer shoppers on the app's number.
	Agent time.Time
}

// RecordAppTimes raises the times of an app; a zero time leaves the stored one.
func (s *Store) RecordAppTimes(ctx context.Context, appID string, t AppTimes) error {
	raise := map[string]any{}
	for field, at := range map[string]time.Time{"taken": t.Taken, "witness": t.Witness, "agent": t.Agent} {
		if !at.IsZero() {
			raise[field] = firestore.FieldTransformMaximum(at.UnixMilli())
		}
	}

	if len(raise) == 0 {
		return nil
	}

	_, err := s.client.Collection("callbacks").Doc(safeID(appID)).Set(ctx, raise, firestore.MergeAll)

	return failure("store.RecordAppTimes", err)
}

// AppTimes returns the times of an app, each zero if it is not known.
func (s *Store) AppTimes(ctx context.Context, appID string) (AppTimes, error) {
	doc := s.client.Collection("callbacks").Doc(safeID(appID))

	at, err := s.readMillis(ctx, doc, "taken", "witness", "lastAt", "agent")
	if err != nil {
		return AppTimes{}, err
	}

	witness := at["witness"]
	if witness.IsZero() {
		witness = at["lastAt"] // as it was stored before there were two times
	}

	return AppTimes{Taken: at["taken"], Witness: witness, Agent: at["agent"]}, nil
}

// HasTakenSince reports whether an app took a message whose attempt was claimed at that time or later. It is exact, while
// [AppTimes.Taken] may lag: an instance that has nothing more to do keeps what it has not written.
func (s *Store) HasTakenSince(ctx context.Context, appID string, since time.Time) (bool, error) {
	found, err := s.log.Where("app", "==", appID).Where("takenAt", ">=", since.UnixMilli()).Limit(1).Select().Documents(ctx).GetAll()

	return len(found) > 0, unread("store.HasTakenSince", err)
}

// ChangeAppHealth changes the health that is kept for the platform's app itself, and returns it. It is ChangeCondition for a
// condition of this one app, and creates the document if there is none. It lies in a document of the app's own, which stays while
// accounts come and go, and in which no account's own troubles stand in the way.
func (s *Store) ChangeAppHealth(ctx context.Context, appID string, change func(*account.Condition) bool) (account.Health, error) {
	const op = "store.ChangeAppHealth"

	ref := s.client.Collection("callbacks").Doc(safeID(appID))
	var condition account.Condition

	err := untilNoConflict(func() error {
		snaps, err := s.client.GetAll(ctx, []*firestore.DocumentRef{ref})
		if err != nil {
			return failure(op, err)
		}

		var doc struct {
			Health account.Health `firestore:"health"`
		}
		if snaps[0].Exists() {
			if err = snaps[0].DataTo(&doc); err != nil {
				return failure(op, err)
			}
		}

		condition = account.Condition{Apps: map[string]account.App{appID: {Health: doc.Health}}}
		if !change(&condition) {
			return nil
		}

		doc.Health = condition.Apps[appID].Health
		if !snaps[0].Exists() {
			_, err = ref.Create(ctx, doc)
			if err = failure(op, err); errors.Is(err, ErrExists) {
				return ErrConflict
			}

			return err
		}

		_, err = ref.Update(ctx, []firestore.Update{{Path: "health", Value: doc.Health}}, firestore.LastUpdateTime(snaps[0].UpdateTime))

		return failure(op, err)
	})

	return condition.Apps[appID].Health, err
}

// PutHeartbeat notes that receive has handled what was published to provider-events by then.
func (s *Store) PutHeartbeat(ctx context.Context, published time.Time) error {
	_, err := s.client.Collection("system").Doc("heartbeat").Set(ctx, map[string]any{"passed": firestore.FieldTransformMaximum(published.UnixMilli())}, firestore.MergeAll)
	return failure("store.PutHeartbeat", err)
}

// Heartbeat is the time up to which receive is known to have handled provider-events; zero if that is not known.
func (s *Store) Heartbeat(ctx context.Context) (time.Time, error) {
	at, err := s.readMillis(ctx, s.client.Collection("system").Doc("heartbeat"), "passed")
	return at["passed"], err
}

// WalkedTo returns the id of the account that sweep has looked at last on its way through all accounts; empty before the first.
func (s *Store) WalkedTo(ctx context.Context) (string, error) {
	snap, err := s.walk().Get(ctx)
	if err = failure("store.WalkedTo", err); errors.Is(err, ErrNotFound) {
		return "", nil
	}
	if err != nil {
		return "", err
	}

	last, _ := snap.Data()["account"].(string)

	return last, nil
}

// PutWalkedTo notes the account that sweep has looked at last; empty begins with the first again.
func (s *Store) PutWalkedTo(ctx context.Context, accountID string) error {
	_, err := s.walk().Set(ctx, map[string]any{"account": accountID})
	return failure("store.PutWalkedTo", err)
}

func (s *Store) walk() *firestore.DocumentRef { return s.client.Collection("system").Doc("walk") }

// readMillis returns the times that a document holds in epoch milliseconds, by field; those that it does not have are left
// out.
func (s *Store) readMillis(ctx context.Context, ref *firestore.DocumentRef, fields ...string) (map[string]time.Time, error) {
	snaps, err := s.client.GetAll(ctx, []*firestore.DocumentRef{ref})
	if err != nil {
		return nil, failure("store.readMillis", err)
	}

	at := map[string]time.Time{}
	if len(snaps) == 0 || !snaps[0].Exists() {
		return at, nil
	}

	data := snaps[0].Data()
	for _, field := range fields {
		if ms, ok := data[field].(int64); ok {
			at[field] = time.UnixMilli(ms)
		}
	}

	return at, nil
}
