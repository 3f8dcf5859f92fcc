"""OpenStack Swift with its S3 API in one process, for tests: swift-server.py FOLDER

Proxy, account, container and object server with one device and one replica below FOLDER, on free ports of 127.0.0.1.
Prints the port of the S3 API when it serves; ends with its standard input. The access key is test:tester, the secret
key testing; a second key, test:reader with the secret reading, may not write.
"""
import os
import sys

import eventlet

eventlet.monkey_patch()

import logging  # noqa: E402

import swift.common.utils as utils  # noqa: E402

utils.HASH_PATH_SUFFIX = b'tcp-info'
utils.HASH_PATH_PREFIX = b''

from eventlet import wsgi  # noqa: E402
from swift.account import server as account_server  # noqa: E402
from swift.common.ring import RingBuilder  # noqa: E402
from swift.common.wsgi import SwiftHttpProtocol, loadapp  # noqa: E402
from swift.container import server as container_server  # noqa: E402
from swift.obj import server as object_server  # noqa: E402

PROXY = """
[DEFAULT]
swift_dir = {folder}
log_level = ERROR
[pipeline:main]
pipeline = catch_errors gatekeeper proxy-logging bulk s3api tempauth slo dlo versioned_writes proxy-logging proxy-server
[app:proxy-server]
use = egg:swift#proxy
allow_account_management = true
account_autocreate = true
[filter:tempauth]
use = egg:swift#tempauth
user_test_tester = testing .admin
user_test_reader = reading
[filter:s3api]
use = egg:swift#s3api
allow_no_owner = true
min_segment_size = {min_segment_size}
[filter:bulk]
use = egg:swift#bulk
[filter:slo]
use = egg:swift#slo
[filter:dlo]
use = egg:swift#dlo
[filter:versioned_writes]
use = egg:swift#versioned_writes
allow_versioned_writes = true
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:gatekeeper]
use = egg:swift#gatekeeper
[filter:proxy-logging]
use = egg:swift#proxy_logging
access_log_facility = LOG_LOCAL7
"""


class Memory:
    """Cache of the proxy in this process, in place of memcached."""

    def __init__(self):
        self.values = {}

    def get(self, key, raise_on_error=False):
        return self.values.get(key)

    def set(self, key, value, serialize=True, time=0, min_compress_len=0, raise_on_error=False):
        self.values[key] = value

    def incr(self, key, delta=1, time=0):
        self.values[key] = int(self.values.get(key, 0)) + delta
        return self.values[key]

    def delete(self, key, server_key=None):
        self.values.pop(key, None)


def with_cache(app):
    memory = Memory()

    def cached(environ, start_response):
        environ['swift.cache'] = memory
        return app(environ, start_response)

    return cached


def write_ring(folder, name, port):
    builder = RingBuilder(2, 1, 0)
    builder.add_dev({'id': 0, 'region': 1, 'zone': 1, 'ip': '127.0.0.1', 'port': port, 'device': 'd', 'weight': 1,
                     'replication_ip': '127.0.0.1', 'replication_port': port})
    builder.rebalance()
    builder.get_ring().save(os.path.join(folder, name + '.ring.gz'))


def serve(socket, app):
    logger = logging.getLogger('silent')
    logger.propagate = False
    logger.addHandler(logging.NullHandler())
    eventlet.spawn(wsgi.server, socket, app, log=logger, log_output=False, protocol=SwiftHttpProtocol,
                   capitalize_response_headers=False, debug=False)


def main(folder):
    os.makedirs(os.path.join(folder, 'devices', 'd', 'tmp'))
    conf = {'devices': os.path.join(folder, 'devices'), 'swift_dir': folder, 'mount_check': 'false',
            'log_level': 'ERROR', 'fallocate_reserve': '0', 'disable_fallocate': 'true'}
    servers = {'account': account_server.AccountController, 'container': container_server.ContainerController,
               'object': object_server.ObjectController}
    sockets = {name: eventlet.listen(('127.0.0.1', 0)) for name in servers}
    for name, socket in sockets.items():
        write_ring(folder, name, socket.getsockname()[1])
    for name, controller in servers.items():
        serve(sockets[name], controller(conf))
    config = os.path.join(folder, 'proxy-server.conf')
    with open(config, 'w') as file:
        # Parts of S3 have 5 MiB or more, except where tests would take too long.
        file.write(PROXY.format(folder=folder, min_segment_size=1))
    app = loadapp(config, global_conf={'log_name': 'proxy'})
    proxy = eventlet.listen(('127.0.0.1', 0))
    serve(proxy, with_cache(app))
    print(proxy.getsockname()[1], flush=True)
    # Ends when the tests do, however they end.
    while os.read(eventlet.hubs.trampoline(0, read=True) or 0, 4096):
        pass


main(sys.argv[1])
