// A small shop in one static program: counts visits in Redis, and looks whether PostgreSQL can be reached.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
	"time"
)

type release struct {
	Version string  `json:"version"`
	Faults  float64 `json:"faults"`
}

func send(w http.ResponseWriter, status int, body map[string]any) {
	w.Header().Set("content-type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(body)
}

func ask(address, question string) (string, error) {
	connection, err := net.DialTimeout("tcp", address, 2*time.Second)
	if err != nil {
		return "", err
	}
	defer connection.Close()
	if question == "" {
		return "", nil
	}
	fmt.Fprint(connection, question)
	return bufio.NewReader(connection).ReadString('\n')
}

func main() {
	var own release
	text, err := os.ReadFile("/release.json")
	if err == nil {
		err = json.Unmarshal(text, &own)
	}
	if err != nil {
		panic(err)
	}
	failed := func(w http.ResponseWriter, err error) {
		send(w, 503, map[string]any{"status": "failed", "version": own.Version, "error": err.Error()})
	}
	// Spread evenly, so that a share of few requests is that share.
	var served atomic.Int64
	http.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		now := float64(served.Add(1))
		status := 200
		if int(now*own.Faults) > int((now-1)*own.Faults) {
			status = 500
		}
		send(w, status, map[string]any{"version": own.Version})
	})
	http.HandleFunc("/health", func(w http.ResponseWriter, _ *http.Request) {
		if _, err := ask("db:5432", ""); err != nil {
			failed(w, err)
			return
		}
		send(w, 200, map[string]any{"status": "ok", "version": own.Version})
	})
	http.HandleFunc("/visits", func(w http.ResponseWriter, _ *http.Request) {
		var visits int
		answer, err := ask("cache:6379", "INCR visits\r\n")
		if err == nil {
			_, err = fmt.Sscanf(answer, ":%d", &visits)
		}
		if err != nil {
			failed(w, err)
			return
		}
		send(w, 200, map[string]any{"version": own.Version, "visits": visits})
	})
	server := &http.Server{Addr: ":8080"}
	asked, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	ended := make(chan struct{})
	go func() {
		<-asked.Done()
		server.Shutdown(context.Background())
		close(ended)
	}()
	server.ListenAndServe()
	<-ended
}
