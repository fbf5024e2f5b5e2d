//! Between the types of the framing and those of `traffic`. It must decide nothing: what may pass is
//! said in `traffic::http2` and `traffic::http1`.

use elbow_traffic::http1::{BodyReader, RequestHead, ResponseHead};
use elbow_traffic::http2::RequestParts;
use elbow_traffic::http2::head::Field;
use h2::ext::Protocol;
use http::header::{HeaderMap, HeaderName, HeaderValue};
use http::uri::{PathAndQuery, Uri};
use http::{Method, Request, Response, StatusCode};

/// The pseudo-header fields of a request.
pub(crate) fn request_parts<T>(request: &Request<T>) -> RequestParts<'_> {
    let uri = request.uri();
    let is_connect = *request.method() == Method::CONNECT;
    let protocol = request.extensions().get::<Protocol>().map(|name| name.as_str().as_bytes());
    // The framing has seen to it that there is a scheme, and forgets it without an authority.
    let forgotten = (!is_connect || protocol.is_some()) && uri.authority().is_none();
    let scheme = uri.scheme_str().or(forgotten.then_some("http")).map(str::as_bytes);
    let has_path = !is_connect || protocol.is_some();
    RequestParts {
        method: request.method().as_str().as_bytes(),
        scheme: scheme.filter(|_| has_path),
        authority: uri.authority().map(|authority| authority.as_str().as_bytes()),
        path: uri.path_and_query().filter(|_| has_path).map(|path| path.as_str().as_bytes()),
        protocol,
    }
}

/// The fields of a head or a trailer section.
pub(crate) fn fields(map: &HeaderMap) -> impl Iterator<Item = Field<'_>> {
    map.iter().map(|(name, value)| (name.as_str().as_bytes(), value.as_bytes()))
}

/// A response's head for the framing; `None` if the types can't hold it.
pub(crate) fn response(head: &ResponseHead<'_, '_>, status: u16) -> Option<Response<()>> {
    let mut response = Response::new(());
    *response.status_mut() = StatusCode::from_u16(status).ok()?;
    let map = response.headers_mut();
    for (name, value) in head.message_fields() {
        append(map, name.as_bytes(), value)?;
    }
    Some(response)
}

/// A request's head for the framing; `None` if the types can't hold it.
pub(crate) fn request(head: &RequestHead<'_, '_>, scheme: &str) -> Option<Request<()>> {
    let mut request = Request::new(());
    *request.method_mut() = Method::from_bytes(head.method.as_bytes()).ok()?;
    *request.uri_mut() = match head.authority {
        // Only HTTP/1.0 can have none: the framing fills in what it must.
        "" => Uri::from(head.target.parse::<PathAndQuery>().ok()?),
        authority => Uri::builder()
            .scheme(scheme)
            .authority(authority)
            .path_and_query(head.target)
            .build()
            .ok()?,
    };
    let map = request.headers_mut();
    for (name, value) in head.message_fields() {
        if !name.eq_ignore_ascii_case("host") {
            append(map, name.as_bytes(), value)?;
        }
    }
    if head.takes_trailers {
        map.insert(http::header::TE, HeaderValue::from_static("trailers"));
    }
    Some(request)
}

/// Adds a field, if the types can hold it.
pub(crate) fn append(map: &mut HeaderMap, name: &[u8], value: &[u8]) -> Option<()> {
    let name = HeaderName::from_bytes(name).ok()?;
    let value = HeaderValue::from_bytes(value).ok()?;
    map.try_append(name, value).ok().map(drop)
}

/// The trailers of a body that has ended, if it has any.
pub(crate) fn trailers(reader: &BodyReader) -> Option<HeaderMap> {
    let mut map = HeaderMap::new();
    reader.each_trailer(|name, value| {
        // What the types can't hold is no trailer field.
        let _unfit = append(&mut map, name, value);
    });
    (!map.is_empty()).then_some(map)
}
