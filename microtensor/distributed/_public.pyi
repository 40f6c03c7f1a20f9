# The public names of microtensor.distributed, written by .ci/names.py.
from microtensor.distributed.collectives import (
    all_reduce as all_reduce, barrier as barrier, broadcast as broadcast, monitored_barrier as
    monitored_barrier, reduce as reduce
)
from microtensor.distributed.debug import (
    DebugLevel as DebugLevel, get_debug_level as get_debug_level, set_debug_level as set_debug_level,
    set_debug_level_from_env as set_debug_level_from_env
)
from microtensor.distributed.device_mesh import DeviceMesh as DeviceMesh, init_device_mesh as init_device_mesh
from microtensor.distributed.errors import (
    DistBackendError as DistBackendError, DistError as DistError, DistNetworkError as DistNetworkError
)
from microtensor.distributed.exchanging import (
    all_to_all as all_to_all, all_to_all_single as all_to_all_single, reduce_scatter as reduce_scatter,
    reduce_scatter_single as reduce_scatter_single, reduce_scatter_tensor as reduce_scatter_tensor
)
from microtensor.distributed.gathering import (
    all_gather as all_gather, all_gather_into_tensor as all_gather_into_tensor, all_gather_single as
    all_gather_single, gather as gather, scatter as scatter
)
from microtensor.distributed.groups import (
    new_group as new_group, new_subgroups as new_subgroups, new_subgroups_by_enumeration as
    new_subgroups_by_enumeration
)
from microtensor.distributed.objects import (
    all_gather_object as all_gather_object, broadcast_object_list as broadcast_object_list, gather_object
    as gather_object, recv_object_list as recv_object_list, scatter_object_list as scatter_object_list,
    send_object_list as send_object_list
)
from microtensor.distributed.point_to_point import (
    P2POp as P2POp, batch_isend_irecv as batch_isend_irecv, irecv as irecv, isend as isend, recv as recv,
    send as send
)
from microtensor.distributed.process_group import (
    GroupMember as GroupMember, ProcessGroup as ProcessGroup, default_pg_timeout as default_pg_timeout,
    get_backend as get_backend, get_global_rank as get_global_rank, get_group_rank as get_group_rank,
    get_process_group_ranks as get_process_group_ranks, get_rank as get_rank, get_world_size as
    get_world_size, group as group, is_initialized as is_initialized
)
from microtensor.distributed.reduce_op import ReduceOp as ReduceOp
from microtensor.distributed.starting import (
    destroy_process_group as destroy_process_group, get_node_local_rank as get_node_local_rank,
    init_process_group as init_process_group, is_available as is_available, is_backend_available as
    is_backend_available, is_gloo_available as is_gloo_available, is_mpi_available as is_mpi_available,
    is_nccl_available as is_nccl_available, is_torchelastic_launched as is_torchelastic_launched,
    is_ucc_available as is_ucc_available, is_xccl_available as is_xccl_available
)
from microtensor.distributed.stores import (
    FileStore as FileStore, HashStore as HashStore, PrefixStore as PrefixStore, Store as Store, TCPStore
    as TCPStore
)
from microtensor.distributed.work import Future as Future, Work as Work
from microtensor.distributed import device_mesh as device_mesh
from microtensor.distributed import nn as nn
from microtensor.distributed import optim as optim
