package store

import (
	"context"
	"errors"
	"time"

	"cloud.google.com/go/firestore"

	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

// Template is the copy of a template as last seen.
type Template struct {
	template.Template
	// CheckedAt is when the provider showed it so; zero if it has told since that it changed.
	CheckedAt time.Time `firestore:"checkedAt"`
	// Approved is the fingerprint of the first copy that was seen and could be sent; empty in a document of before that was kept. It stands
	// for what an event was mapped to of which nothing nearer is known: see [template.Filling.Copy].
	Approved string `firestore:"approved,omitempty"`
	// CategoryAt is the time of the newest news of the category, by the provider's clock, and ToldAt when they were heard here.
	CategoryAt time.Time `firestore:"categoryAt,omitzero"`
	ToldAt     time.Time `firestore:"toldAt,omitzero"`
	// Announced is a category that WhatsApp has said it will move the template to, and AnnouncedAt when it said so; empty if it has not, or
	// if it is in that category by now.
	Announced   string    `firestore:"announced,omitempty"`
	AnnouncedAt time.Time `firestore:"announcedAt,omitzero"`
}

func (s *Store) template(appID, id string) *firestore.DocumentRef {
	return s.client.Collection("templates").Doc(templateID(appID, id))
}

// templateID names the document of a template.
func templateID(appID, id string) string { return hashID("template", appID, id) }

// Template reads the copy of a template; ErrNotFound if none was seen.
func (s *Store) Template(ctx context.Context, appID, templateID string) (Template, error) {
	seen, err := s.SeeTemplate(ctx, appID, templateID)
	return seen.Template, err
}

// SeenTemplate is the copy of a template as it was read, which may be that there was none. The zero value is of one that was not read.
type SeenTemplate struct {
	Template

	read    bool
	updated time.Time
}

// SeeTemplate reads the copy of a template for a change of it; ErrNotFound, with what was seen, if none is stored.
func (s *Store) SeeTemplate(ctx context.Context, appID, templateID string) (SeenTemplate, error) {
	const op = "store.SeeTemplate"

	snap, err := s.template(appID, templateID).Get(ctx)
	if err = failure(op, err); err != nil {
		return SeenTemplate{read: errors.Is(err, ErrNotFound)}, err
	}

	seen := SeenTemplate{read: true, updated: snap.UpdateTime}
	err = failure(op, snap.DataTo(&seen.Template))

	return seen, err
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

// PutTemplate stores the copy of a template, whatever is there. Each content that it ever had stays under its fingerprint, with when it was
// seen last: a receipt shows what a message was sent with, whatever became of the template since.
func (s *Store) PutTemplate(ctx context.Context, appID string, t Template) error {
	b := s.batch()
	b.Set(s.template(appID, t.ID), t)
	s.putCopy(b, appID, t)

	_, err := commit(ctx, "store.PutTemplate", b)

	return err
}

// putCopy adds the write of a copy by its content to a batch.
func (s *Store) putCopy(b *batch, appID string, t Template) {
	if fingerprint := t.Fingerprint(); fingerprint != "" && !t.CheckedAt.IsZero() {
		b.Set(s.template(appID, t.ID).Collection("copies").Doc(fingerprint), t)
	}
}

// ChangeTemplate lets change alter the copy of a template, and writes it back as [Store.PutTemplate] does if change reports that it
// did and nobody else wrote to it meanwhile. It begins with what the caller has seen, or reads the copy, and tries again on a conflict, a few
// times, and gives up with ErrConflict. change may be called several times, and gets the zero value where no copy is stored.
func (s *Store) ChangeTemplate(ctx context.Context, appID, templateID string, seen SeenTemplate, change func(*Template) bool) error {
	ref := s.template(appID, templateID)

	return untilNoConflict(func() error {
		if !seen.read {
			var err error
			if seen, err = s.SeeTemplate(ctx, appID, templateID); err != nil && !errors.Is(err, ErrNotFound) {
				return err
			}
		}

		t := seen.Template
		seen.read = false // another try has to read it again

		if !change(&t) {
			return nil
		}

		t.ID = templateID
		b := s.batch()

		if seen.updated.IsZero() {
			b.Create(ref, t)
		} else { // Set takes no condition; the update before it does
			b.Update(ref, []firestore.Update{{Path: "checkedAt", Value: t.CheckedAt}}, firestore.LastUpdateTime(seen.updated))
			b.Set(ref, t)
		}

		s.putCopy(b, appID, t)

		_, err := commit(ctx, "store.ChangeTemplate", b)

		return overtaken(err)
	})
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
