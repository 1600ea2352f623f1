package pubsub

import (
	"encoding/binary"

	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/protobuf/proto"
)

// decoder reads a record; the first fault sticks.
type decoder struct {
	b   []byte
	bad bool
}

func (d *decoder) more() bool { return len(d.b) > 0 && !d.bad }

func (d *decoder) number() uint64 {
	v, n := binary.Uvarint(d.b)
	if n <= 0 {
		d.bad = true
		return 0
	}

	d.b = d.b[n:]

	return v
}

func (d *decoder) bytes() []byte {
	n := d.number()
	if d.bad || n > uint64(len(d.b)) {
		d.bad = true
		return nil
	}

	out := d.b[:n]
	d.b = d.b[n:]

	return out
}

func (d *decoder) message() *pb.PubsubMessage {
	m := &pb.PubsubMessage{}
	if raw := d.bytes(); d.bad || proto.Unmarshal(raw, m) != nil {
		d.bad = true
	}
	return m
}
