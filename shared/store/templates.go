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
