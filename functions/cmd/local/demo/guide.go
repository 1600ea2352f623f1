package demo

import (
	"fmt"
	"io"
	"strings"
)

// Guide prints what to try against a world at url.
func Guide(out io.Writer, url string) {
	guide := `
Serving on {URL}. Try, in another terminal:
  curl {URL}/_ah/api/esb/v2/order/51230077
  curl -X POST {URL}/_ah/api/esb/v2/order/51230077 -H 'Content-Type: application/json' \
    -d '{"contactPhone":"9000000001","customerName":"Ira Sample","email":"ira@example.test","accountId":"811","whatsAppStatus":"ACTIVE"}'
  curl -X POST {URL}/local/events --data-binary @testdata/events/shipment-failed_delivery.json
  curl {URL}/local/inbox/9000000001                     # also 9000000004 (Meta), 9000000005 (Kaleyra)
  curl {URL}/local/bot                                  # what BusinessOnBot was told
  curl '{URL}/local/send-log?orderId=51230077'
  curl -X POST {URL}/local/inbox/9000000001/reply -d '{"text":"STOP"}'
  curl -X PUT {URL}/local/faults -d '{"simulator":[{"system":"gupshup","path":"/template/msg","mode":"html_502_after","times":1}]}'
  curl -X DELETE {URL}/local/faults
Ctrl-C ends it.
`
	fmt.Fprint(out, strings.ReplaceAll(guide, "{URL}", url))
}
