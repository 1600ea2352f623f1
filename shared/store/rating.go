package store

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"cloud.google.com/go/firestore"
)

// Rating is a word of a provider's about an app's number, or about a template, from a time on.
type Rating struct {
	At time.Time `firestore:"at"`
	// TemplateID is empty of a rating of the number.
	TemplateID string     `firestore:"template,omitempty"`
	Kind       RatingKind `firestore:"kind"`
	// Value is the provider's word in upper case, such as "GREEN" or "TIER_10K".
	Value string `firestore:"value"`
	// Until is when it was said last that it still is. It is maintained here.
	Until time.Time `firestore:"until"`
}

// RatingKind says what is rated.
type RatingKind string

// The kinds of rating.
const (
	// Quality is how WhatsApp finds that shoppers like what comes from the number, or what is sent with the template.
	Quality RatingKind = "quality"
	// Limit is how many shoppers the number may begin to write to in a day.
	Limit RatingKind = "limit"
)

// maxRatings is how many changes are kept of an app and its templates: the newest.
const maxRatings = 500

// ratings is the document of what was said of an app.
type ratings struct {
	Changes []Rating `firestore:"changes"`
}

func (s *Store) ratings(appID string) *firestore.DocumentRef {
	return s.client.Collection("ratings").Doc(hashID("ratings", appID))
}

// NoteRatings keeps what was said of an app and its templates, as far as it is another word than the one before it in time. It may be told in
// any order, and more than once. ErrConflict means that too many others noted some at the same time.
func (s *Store) NoteRatings(ctx context.Context, appID string, said ...Rating) error {
	return untilNoConflict(func() error {
		kept, updated, err := s.readRatings(ctx, appID)
		if err != nil {
			return err
		}

		next, changed := withRatings(kept, said)
		switch {
		case !changed:
			return nil
		case updated.IsZero():
			_, err = s.ratings(appID).Create(ctx, ratings{Changes: next})
		default:
			_, err = s.ratings(appID).Update(ctx, []firestore.Update{{Path: "changes", Value: next}}, firestore.LastUpdateTime(updated))
		}

		return overtaken(failure("store.NoteRatings", err))
	})
}

// Ratings reads what was said of an app and its templates, in the order of its times: each change from one word to another.
func (s *Store) Ratings(ctx context.Context, appID string) ([]Rating, error) {
	kept, _, err := s.readRatings(ctx, appID)
	return kept, err
}

// readRatings reads the document of an app's ratings; updated is zero if there is none.
func (s *Store) readRatings(ctx context.Context, appID string) (kept []Rating, updated time.Time, err error) {
	const op = "store.Ratings"

	snap, err := s.ratings(appID).Get(ctx)
	if err = failure(op, err); errors.Is(err, ErrNotFound) {
		return nil, time.Time{}, nil
	}
	if err != nil {
		return nil, time.Time{}, err
	}

	var r ratings
	if err := snap.DataTo(&r); err != nil {
		return nil, time.Time{}, failure(op, err)
	}

	return r.Changes, snap.UpdateTime, nil
}

// withRatings returns the changes with what was said, and whether that makes a difference.
func withRatings(kept, said []Rating) (next []Rating, changed bool) {
	next = kept

	for _, r := range said {
		if r.Value == "" {
			continue
		}

		r.At = r.At.UTC().Truncate(time.Millisecond)
		r.Until = r.At

		var others, same []Rating

		for _, k := range next {
			if k.TemplateID == r.TemplateID && k.Kind == r.Kind {
				same = append(same, k)
			} else {
				others = append(others, k)
			}
		}

		series, news := withRating(same, r)
		if !news {
			continue
		}

		next, changed = slices.Concat(others, series), true
		slices.SortStableFunc(next, func(a, b Rating) int { return a.At.Compare(b.At) })
	}

	return next[max(len(next)-maxRatings, 0):], changed
}

// withRating returns the changes of one word, in their order, with what was said at some time, and whether that makes a difference.
func withRating(series []Rating, r Rating) ([]Rating, bool) {
	at, _ := slices.BinarySearchFunc(series, r, func(a, b Rating) int { return cmp.Or(a.At.Compare(b.At), -1) }) // after all of its time

	if at > 0 {
		last := &series[at-1]

		switch again := last.Until; {
		case last.Value == r.Value && !again.Before(r.At):
			return series, false
		case last.Value == r.Value:
			last.Until = r.At
			return series, true
		case again.After(r.At): // it was another word in between
			last.Until = last.At
			series = slices.Insert(series, at, Rating{At: again, Until: again, TemplateID: r.TemplateID, Kind: r.Kind, Value: last.Value})
		}
	}

	if at < len(series) && series[at].Value == r.Value {
		series[at].At = r.At
		return series, true
	}

	return slices.Insert(series, at, r), true
}
