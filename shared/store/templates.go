package store

import (
	"context"
	"time"

	"cloud.google.com/go/firestore"

	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

// Template is the approved copy of a template as last seen.
type Template struct {
	template.Template
	CheckedAt time.Time `firestore:"checkedAt"`
}

func (s *Store) template(appID, id string) *firestore.DocumentRef {
	return s.client.Collection("templates").Doc(templateID(appID, id))
}

// templateID names the document of a template.
func templateID(appID, id string) string { return hashID("template", appID, id) }

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

// Templates reads the copies of templates of an app, by their ids; those that were never seen are not among them.
func (s *Store) Templates(ctx context.Context, appID string, ids []string) (map[string]Template, error) {
	const op = "store.Templates"

	names := make([]string, len(ids))
	for i, id := range ids {
		names[i] = templateID(appID, id)
	}

	found := map[string]Template{}

	err := s.each(ctx, op, s.client.Collection("templates"), names, func(snap *firestore.DocumentSnapshot) error {
		var t Template
		err := failure(op, snap.DataTo(&t))
		found[t.ID] = t

		return err
	})

	return found, err
}

// PutTemplate stores the copy of a template. Each content that it ever had stays under its fingerprint, with when it was seen last: a
// receipt shows what a message was sent with, whatever became of the template since.
func (s *Store) PutTemplate(ctx context.Context, appID string, t Template) error {
	current := s.template(appID, t.ID)

	b := s.batch()
	b.Set(current, t)

	if fingerprint := t.Fingerprint(); fingerprint != "" && !t.CheckedAt.IsZero() {
		b.Set(current.Collection("copies").Doc(fingerprint), t)
	}

	_, err := commit(ctx, "store.PutTemplate", b)

	return err
}

// TemplateCopy reads the copy of a template that has a fingerprint, as it was seen last; ErrNotFound if none had it.
func (s *Store) TemplateCopy(ctx context.Context, appID, templateID, fingerprint string) (Template, error) {
	const op = "store.TemplateCopy"

	snap, err := s.template(appID, templateID).Collection("copies").Doc(fingerprint).Get(ctx)
	if err != nil {
		return Template{}, failure(op, err)
	}

	var t Template
	if err := snap.DataTo(&t); err != nil {
		return Template{}, failure(op, err)
	}

	return t, nil
}
