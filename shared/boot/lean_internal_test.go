package boot

import (
	"encoding/binary"
	"io"
	"net"
	"testing"

	"google.golang.org/api/option"
	gtransport "google.golang.org/api/transport/grpc"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

// TestLean reads what a client says of itself when it connects: the first frame of HTTP/2 has the window of a call.
func TestLean(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()

	conn, err := gtransport.Dial(t.Context(), append(lean(),
		option.WithEndpoint(listener.Addr().String()), option.WithoutAuthentication(),
		option.WithGRPCDialOption(grpc.WithTransportCredentials(insecure.NewCredentials())))...)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	conn.Connect()

	peer, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = peer.Close() }()

	const preface, header, setting, initialWindow = 24, 9, 6, 4
	head := make([]byte, preface+header)
	if _, err := io.ReadFull(peer, head); err != nil {
		t.Fatal(err)
	}
	settings := make([]byte, binary.BigEndian.Uint32(append([]byte{0}, head[preface:preface+3]...)))
	if _, err := io.ReadFull(peer, settings); err != nil {
		t.Fatal(err)
	}
	got := map[uint16]uint32{}
	for ; len(settings) >= setting; settings = settings[setting:] {
		got[binary.BigEndian.Uint16(settings)] = binary.BigEndian.Uint32(settings[2:])
	}
	if got[initialWindow] != window {
		t.Errorf("the window of a call is %d bytes, want %d: %v", got[initialWindow], window, got)
	}
}
