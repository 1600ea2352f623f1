package deadletter

import (
	"context"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/audit"
)

// Reveal returns one dead letter, by TOPIC/ID, for somebody who is to see its values and has said why. The note, which has the reason, is begun before it is
// returned.
func (d *Desk) Reveal(ctx context.Context, c access.Caller, subject, reason string, note *audit.Note) (Letter, error) {
	if err := c.May(access.Operate, ""); err != nil {
		return Letter{}, err
	}

	reason, err := audit.Reason(reason)
	if err != nil {
		return Letter{}, err
	}

	l, err := d.Letter(ctx, c, subject)
	if err != nil {
		return Letter{}, err
	}
	if err = note.Begin(ctx, l.Name()); err != nil {
		return Letter{}, err
	}

	note.Result("shown as it is: " + reason)

	return l, nil
}
