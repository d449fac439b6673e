//! One connection of a client, call after call, and what is done to them.

use std::io::{self, BufReader, Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::Way;
use super::fault::{Events, Fault, Flood, Point};
use super::message::{Body, Framing, Head, Part};
use crate::http::Stream;

/// Serves a client until either side ends, or a fault does.
pub(super) fn serve(way: &Way, client: UnixStream) -> Option<()> {
    let ends = client.try_clone().ok()?;
    let served = calls(way, client);
    let _ = ends.shutdown(Shutdown::Both);
    served.ok()
}

struct Ends {
    client: BufReader<UnixStream>,
    engine: Option<BufReader<Stream>>,
}

fn calls(way: &Way, client: UnixStream) -> io::Result<()> {
    let mut ends = Ends { client: BufReader::new(client), engine: None };
    let done = loop {
        match call(way, &mut ends) {
            Ok(true) => {}
            Ok(false) => break Ok(()),
            Err(error) => break Err(error),
        }
    };
    if let Some(engine) = ends.engine {
        let _ = engine.get_ref().shutdown(Shutdown::Both);
    }
    done
}

/// One call; whether another may follow on the connection.
fn call(way: &Way, ends: &mut Ends) -> io::Result<bool> {
    let Some(head) = Head::read(&mut ends.client)? else { return Ok(false) };
    let Some(request) = head.request() else { return Ok(false) };
    let (number, fault) = way.note(&request);
    match &fault {
        Some(Fault::Delay(by)) => std::thread::sleep(*by),
        Some(Fault::Drop(Point::Before)) => return Ok(false),
        Some(Fault::Act(Point::Before, act)) => {
            act();
            return Ok(false);
        }
        _ => {}
    }
    let instead = match &fault {
        Some(Fault::Answer(status, message)) => Some((*status, serde_json::json!({ "message": message }).to_string())),
        Some(Fault::Says(text)) => Some((200, text.clone())),
        _ => None,
    };
    if let Some((status, text)) = instead {
        let mut body = Body::new(head.framing(false));
        while body.next(&mut ends.client)?.is_some() {}
        let head = format!("HTTP/1.1 {status} Fault\r\nContent-Type: application/json\r\n");
        let answer = format!("{head}Content-Length: {}\r\n\r\n{text}", text.len());
        ends.client.get_ref().write_all(answer.as_bytes())?;
        return Ok(true);
    }
    if let Some(Fault::Silence(beginning)) = &fault {
        let mut body = Body::new(head.framing(false));
        while body.next(&mut ends.client)?.is_some() {}
        let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
        ends.client.get_ref().write_all(format!("{head}{:x}\r\n{beginning}\r\n", beginning.len()).as_bytes())?;
        // Until the client has enough of it.
        let _ = ends.client.get_ref().read(&mut [0; 1]);
        return Ok(false);
    }
    if ends.engine.is_none() {
        ends.engine = Some(BufReader::new(way.engine()?));
    }
    let Some(engine) = ends.engine.as_mut() else { return Ok(false) };
    engine.get_mut().write_all(&head.0)?;
    let mut body = Body::new(head.framing(false));
    while let Some(part) = body.next(&mut ends.client)? {
        write(engine.get_mut(), &part)?;
    }
    let answer = loop {
        let Some(answer) = Head::read(engine)? else { return Ok(false) };
        if answer.status() != Some(100) {
            break answer;
        }
        ends.client.get_ref().write_all(&answer.0)?;
    };
    let status = answer.status().unwrap_or_default();
    way.answered(number, status);
    match &fault {
        Some(Fault::Drop(_)) => return Ok(false),
        Some(Fault::Act(Point::AfterEffect, act)) => {
            act();
            return Ok(false);
        }
        _ => {}
    }
    ends.client.get_ref().write_all(&answer.0)?;
    if status == 101 {
        return tunnel(ends);
    }
    let framing = if request.method == "HEAD" { Framing::Length(0) } else { answer.framing(true) };
    if let Some(Fault::Flood(flood)) = &fault {
        return flooded(ends, framing, flood);
    }
    let goes_on = hand_on(ends, framing, fault.as_ref())? && framing != Framing::End;
    if let Some(Fault::Act(Point::AfterAnswer, act)) = &fault {
        act();
        return Ok(false);
    }
    let closes = |head: &Head| head.field("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"));
    Ok(goes_on && !closes(&head) && !closes(&answer))
}

fn write(to: &mut impl Write, part: &Part) -> io::Result<()> {
    to.write_all(&[part.before.as_slice(), &part.payload, &part.after].concat())
}

/// Hands the body of an answer on; whether all of it went.
fn hand_on(ends: &mut Ends, framing: Framing, fault: Option<&Fault>) -> io::Result<bool> {
    let Some(engine) = ends.engine.as_mut() else { return Ok(false) };
    let mut client = ends.client.get_ref();
    let (mut body, mut sent, mut number) = (Body::new(framing), 0, 0_usize);
    while let Some(mut part) = body.next(engine)? {
        number += 1;
        let is_last = part.payload.is_empty();
        match fault {
            Some(Fault::Garble) => part.payload.iter_mut().step_by(7).for_each(|byte| *byte ^= 0x15),
            Some(Fault::Truncate(at) | Fault::Stall(at)) if sent + part.payload.len() > *at => {
                part.payload.truncate(at - sent);
                client.write_all(&[part.before, part.payload].concat())?;
                if matches!(fault, Some(Fault::Stall(_))) {
                    // Until the client has enough of it.
                    let _ = client.read(&mut [0; 1]);
                }
                return Ok(false);
            }
            Some(Fault::Events(Events::Dropped)) if !is_last => continue,
            Some(Fault::Events(Events::Halved)) if !is_last && number % 2 == 0 => continue,
            Some(Fault::Events(Events::Doubled)) if !is_last => write(&mut client, &part)?,
            _ => {}
        }
        sent += part.payload.len();
        write(&mut client, &part)?;
    }
    Ok(true)
}

/// How many made-up events come together, and how long after those before.
const TOGETHER: usize = 50;
const APART: Duration = Duration::from_millis(10);

/// Hands a stream of events on, with others between them.
fn flooded(ends: &mut Ends, framing: Framing, flood: &Flood) -> io::Result<bool> {
    let Some(engine) = ends.engine.as_mut() else { return Ok(false) };
    // A part goes as a whole: nothing comes within it.
    let client = Mutex::new(ends.client.get_ref().try_clone()?);
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for number in (0..).step_by(TOGETHER) {
                let all = (number..number + TOGETHER).map(|number| &flood.events[number % flood.events.len()]);
                let payload: Vec<u8> = all.flat_map(|event| format!("{event}\n").into_bytes()).collect();
                let before = format!("{:x}\r\n", payload.len()).into_bytes();
                let part = Part { before, payload, after: b"\r\n".to_vec() };
                let written = write(&mut *client.lock().unwrap_or_else(PoisonError::into_inner), &part);
                if written.is_err() || is_over.load(Ordering::Relaxed) {
                    return;
                }
                flood.said.fetch_add(TOGETHER, Ordering::Relaxed);
                std::thread::sleep(APART);
            }
        });
        let mut body = Body::new(framing);
        let handed_on = loop {
            match body.next(engine) {
                Ok(Some(part)) => {
                    let written = write(&mut *client.lock().unwrap_or_else(PoisonError::into_inner), &part);
                    if written.is_err() {
                        break written;
                    }
                }
                Ok(None) => break Ok(()),
                Err(error) => break Err(error),
            }
        };
        is_over.store(true, Ordering::Relaxed);
        handed_on.map(|()| false)
    })
}

/// Bytes both ways until one side ends.
fn tunnel(ends: &mut Ends) -> io::Result<bool> {
    let Some(engine) = ends.engine.as_mut() else { return Ok(false) };
    let mut to_engine = engine.get_ref().try_clone()?;
    let mut to_client = ends.client.get_ref().try_clone()?;
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let _ = io::copy(&mut ends.client, &mut to_engine);
            let _ = to_engine.shutdown(Shutdown::Write);
        });
        let _ = io::copy(engine, &mut to_client);
        let _ = to_client.shutdown(Shutdown::Write);
    });
    Ok(false)
}
