package demo

import (
	"context"
	"io"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
)

// Guide prints what to try against a world, with the key of the brand's bot, which is random in each state.
func Guide(ctx context.Context, w *world.World, out io.Writer) error {
	s, err := secrets(ctx, w, aniseGuest)
	if err != nil {
		return err
	}

	guide := `
Serving on {URL}. Try, in another terminal:
  curl {URL}/_ah/api/esb/v2/order/51230077
  curl -X POST {URL}/_ah/api/esb/v2/order/51230077 -H 'Content-Type: application/json' \
    -d '{"contactPhone":"9000000001","customerName":"Ira Sample","email":"ira@example.test","accountId":"811","whatsAppStatus":"ACTIVE"}'
  curl -X POST {URL}/local/events --data-binary @testdata/events/shipment-failed_delivery.json
  curl {URL}/local/inbox/9000000001                     # also 9000000004 (Meta), 9000000005 (Kaleyra)
  curl {URL}/local/bot                                  # what BusinessOnBot was told
  curl '{URL}/local/send-log?orderId=51230077'
  curl -X POST {URL}/local/inbox/9000000001/reply -d '{"text":"STOP","app":"{APP}"}'
  curl -X PUT {URL}/local/faults -d '{"simulator":[{"system":"gupshup","path":"/template/msg","mode":"html_502_after","times":1}]}'
  curl -X DELETE {URL}/local/faults
  curl {URL}/brandapi/order/51230082 -H 'x-guest-id: {GUEST}'      # as Anise Foods' BusinessOnBot
  curl {URL}/local/apps                                 # every app: its webhook with the token, and what signs a callback
Ctrl-C ends it.
`
	_, err = strings.NewReplacer(
		"{URL}", w.URL,
		"{APP}", NeemApp,
		"{GUEST}", s[0].Reveal(),
	).WriteString(out, guide)

	return err
}
